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
        /// Aspect kept, the height becomes the layout's, the width follows, rounded up, at least 16 and at most the
        /// layout's (where aspect is given up); the canvas is as wide as that.
        case naturalWidth
        /// The shorter side becomes at least the shorter of width and height and the longer at most `longest`, both
        /// then rounded to multiples of 32, which give up a little of the aspect; the canvas is as large as that.
        /// A picture is only made smaller for the sake of `longest`.
        case shortestSide(longest: Int)
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

    /// The input's size for a picture (or region) of `width` × `height`: fixed, except with `longestSide`,
    /// `naturalWidth` and `shortestSide`.
    public func canvas(width: Int, height: Int) -> TensorCanvas {
        let size = placement(width: width, height: height)
        switch fit {
        case .letterbox, .letterboxTopLeft, .stretch:
            return TensorCanvas(layout: self, width: self.width, height: self.height)
        case .longestSide:
            return TensorCanvas(
                layout: self, width: (size.width + 31) / 32 * 32, height: (size.height + 31) / 32 * 32)
        case .naturalWidth, .shortestSide:
            return TensorCanvas(layout: self, width: size.width, height: size.height)
        }
    }

    /// The size that a picture takes inside its canvas. Products are rounded half to even, as Python's `round`.
    func placement(width: Int, height: Int) -> (width: Int, height: Int) {
        let (across, down) = (Double(width), Double(height))
        func scaled(by ratio: Double, step: Double = 1) -> (width: Int, height: Int) {
            func side(_ side: Double) -> Int {
                Int(max(1, (side * ratio / step).rounded(.toNearestOrEven)) * step)
            }
            return (side(across), side(down))
        }
        switch fit {
        case .stretch: return (self.width, self.height)
        case .letterbox, .letterboxTopLeft:
            return scaled(by: min(Double(self.width) / across, Double(self.height) / down))
        case .longestSide: return scaled(by: Double(max(self.width, self.height)) / max(across, down))
        case .naturalWidth:
            let natural = (Double(self.height) * across / down).rounded(.up)
            return (Int(min(max(natural, Self.narrowest), Double(self.width))), self.height)
        case .shortestSide(let longest):
            let larger = max(1, Double(min(self.width, self.height)) / min(across, down))
            return scaled(by: min(larger, Double(longest) / max(across, down)), step: 32)
        }
    }

    /// Two steps of a text recogniser that looks at eight columns at a time.
    private static let narrowest = 16.0
}

/// The memory that one picture takes in a model's input.
public struct TensorCanvas: Hashable, Sendable {
    public let width: Int
    public let height: Int
    /// With a leading batch dimension of 1.
    public let shape: [Int]
    public let byteCount: Int
    private let layout: TensorLayout

    init(layout: TensorLayout, width: Int, height: Int) {
        self.layout = layout
        self.width = width
        self.height = height
        let channels = PixelBuffer.channels
        shape = layout.order == .nchw ? [1, channels, height, width] : [1, height, width, channels]
        byteCount = width * height * channels * layout.element.byteCount
    }
    /// The shape of `count` pictures in one input.
    public func shape(batch count: Int) -> [Int] { [count] + shape.dropFirst() }

    /// The memory of picture `index` in the memory of a batch.
    /// - Precondition: the memory has room for it.
    public func slot(_ index: Int, of memory: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[index * byteCount..<(index + 1) * byteCount])
    }

    /// Copies a written input with left and right exchanged, for embeddings averaged over a picture and its mirror
    /// image.
    /// - Precondition: both have at least `byteCount` bytes and do not overlap.
    public func mirror(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
        precondition(source.count >= byteCount && target.count >= byteCount, "the memory is too small for the tensor")
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        let isPlanar = layout.order == .nchw
        let cell = layout.element.byteCount * (isPlanar ? 1 : PixelBuffer.channels)
        let rows = isPlanar ? height * PixelBuffer.channels : height
        for row in 0..<rows {
            let start = row * width
            for column in 0..<width {
                (to + (start + column) * cell).copyMemory(
                    from: from + (start + width - 1 - column) * cell, byteCount: cell)
            }
        }
    }
}
