/// How a model wants its picture.
public struct TensorLayout: Hashable, Sendable {
    public enum Order: Hashable, Sendable {
        /// A plane per channel.
        case nchw
        /// Channels interleaved.
        case nhwc
    }

    public enum Channels: Hashable, Sendable { case rgb, bgr }

    public enum Element: Hashable, Sendable {
        /// (grey level − mean) / deviation.
        case float32
        /// Grey levels as they are.
        case uint8

        var byteCount: Int { self == .float32 ? 4 : 1 }
    }

    public enum Fit: Hashable, Sendable {
        /// Aspect kept, centred.
        case letterbox
        /// Aspect kept, at the top left.
        case letterboxTopLeft
        /// Aspect given up.
        case stretch
        /// Aspect kept, the longer side becomes the longer of width and height; the canvas is as large as that
        /// needs, rounded up to multiples of 32, with the picture at its top left.
        case longestSide
    }

    public var width: Int
    public var height: Int
    public var order: Order
    public var channels: Channels
    public var element: Element
    public var fit: Fit
    /// Grey level 0–255 of what the picture does not cover, normalised as pixels are.
    public var pad: UInt8
    /// Per channel, in the order of `channels`.
    public var mean: SIMD3<Float>
    /// Per channel, in the order of `channels`; none is 0.
    public var deviation: SIMD3<Float>

    public init(
        width: Int, height: Int, order: Order = .nchw, channels: Channels = .rgb, element: Element = .float32,
        fit: Fit = .letterbox, pad: UInt8 = 0, mean: SIMD3<Float> = .zero, deviation: SIMD3<Float> = .one
    ) {
        self.width = width
        self.height = height
        self.order = order
        self.channels = channels
        self.element = element
        self.fit = fit
        self.pad = pad
        self.mean = mean
        self.deviation = deviation
    }

    /// The input's size for a picture (or region) of `width` × `height`: fixed, except with `longestSide`.
    public func canvas(width: Int, height: Int) -> TensorCanvas {
        guard fit == .longestSide else { return TensorCanvas(layout: self, width: self.width, height: self.height) }
        let size = placement(width: width, height: height)
        return TensorCanvas(
            layout: self, width: (size.width + 31) / 32 * 32, height: (size.height + 31) / 32 * 32)
    }

    /// The size that a picture takes inside its canvas. Products are rounded half to even, as Python's `round`.
    func placement(width: Int, height: Int) -> (width: Int, height: Int) {
        let ratio: Double
        switch fit {
        case .stretch: return (self.width, self.height)
        case .letterbox, .letterboxTopLeft:
            ratio = min(Double(self.width) / Double(width), Double(self.height) / Double(height))
        case .longestSide:
            ratio = Double(max(self.width, self.height)) / Double(max(width, height))
        }
        func scaled(_ side: Int) -> Int { max(1, Int((Double(side) * ratio).rounded(.toNearestOrEven))) }
        return (scaled(width), scaled(height))
    }
}

/// The memory that one picture takes in a model's input.
public struct TensorCanvas: Hashable, Sendable {
    public let width: Int
    public let height: Int
    /// With a leading batch dimension of 1.
    public let shape: [Int]
    public let byteCount: Int

    init(layout: TensorLayout, width: Int, height: Int) {
        self.width = width
        self.height = height
        let channels = PixelBuffer.channels
        shape = layout.order == .nchw ? [1, channels, height, width] : [1, height, width, channels]
        byteCount = width * height * channels * layout.element.byteCount
    }
}
