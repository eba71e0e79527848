import Imaging
import ModelCatalog

extension TensorLayout {
    /// The input that a catalogue entry describes, at the size of a profile.
    init(_ input: CatalogEntry.Input, profile: ModelProfile) {
        let size = input.sizes[profile]
        self.init(
            width: size.width, height: size.height, order: input.layout == .nchw ? .nchw : .nhwc,
            channels: input.channels == .rgb ? .rgb : .bgr, element: input.element == .uint8 ? .uint8 : .float32,
            fit: Fit(input, size: size), pad: UInt8(clamping: input.pad), mean: SIMD3(values: input.mean, otherwise: 0),
            deviation: SIMD3(values: input.std, otherwise: 1))
    }
}

extension TensorLayout.Fit {
    /// Without an upper bound of its own, `shortest_side` has four times the size's.
    fileprivate init(_ input: CatalogEntry.Input, size: CatalogEntry.Input.Size) {
        self =
            switch input.fit {
            case .letterbox: .letterbox
            case .letterboxTopLeft: .letterboxTopLeft
            case .longestSide: .longestSide
            case .stretch: .stretch
            case .naturalWidth: .naturalWidth
            case .shortestSide: .shortestSide(longest: input.longestSide ?? 4 * max(size.width, size.height))
            }
    }
}

extension SIMD3<Float> {
    fileprivate init(values: [Double], otherwise: Float) {
        self = values.count == 3 ? SIMD3(values.map(Float.init)) : SIMD3(repeating: otherwise)
    }
}
