import Imaging
import ModelCatalog

extension TensorLayout {
    /// The input that a catalogue entry describes, at the size of a profile.
    init(_ input: CatalogEntry.Input, profile: ModelProfile) {
        let size = input.sizes[profile]
        self.init(
            width: size.width, height: size.height, order: input.layout == .nchw ? .nchw : .nhwc,
            channels: input.channels == .rgb ? .rgb : .bgr, element: input.element == .uint8 ? .uint8 : .float32,
            fit: Fit(input.fit), pad: UInt8(clamping: input.pad), mean: SIMD3(values: input.mean, otherwise: 0),
            deviation: SIMD3(values: input.std, otherwise: 1))
    }
}

extension TensorLayout.Fit {
    /// Text models with a width of their own are read by other pipelines; here they count as stretched.
    fileprivate init(_ fit: CatalogEntry.Input.Fit) {
        self =
            switch fit {
            case .letterbox: .letterbox
            case .letterboxTopLeft: .letterboxTopLeft
            case .longestSide: .longestSide
            case .stretch, .shortestSide, .naturalWidth: .stretch
            }
    }
}

extension SIMD3<Float> {
    fileprivate init(values: [Double], otherwise: Float) {
        self = values.count == 3 ? SIMD3(values.map(Float.init)) : SIMD3(repeating: otherwise)
    }
}
