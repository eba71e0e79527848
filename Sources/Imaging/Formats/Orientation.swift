/// The EXIF orientation: where the picture's stored first row and column belong.
enum Orientation: Int, CaseIterable {
    case upright = 1
    case mirrored, turnedHalf, flipped, transposed, turnedRight, transversed, turnedLeft

    var swapsSides: Bool { rawValue >= 5 }

    /// Where the displayed pixel (x, y) lies in a stored picture of `width` × `height`: at pixel
    /// start + x · across + y · down.
    func walk(width: Int, height: Int) -> (start: Int, across: Int, down: Int) {
        let last = width * height - 1
        return switch self {
        case .upright: (0, 1, width)
        case .mirrored: (width - 1, -1, width)
        case .turnedHalf: (last, -1, -width)
        case .flipped: (width * (height - 1), 1, -width)
        case .transposed: (0, width, 1)
        case .turnedRight: (width * (height - 1), -width, 1)
        case .transversed: (last, -width, -1)
        case .turnedLeft: (width - 1, width, -1)
        }
    }
}

extension PixelBuffer {
    /// The picture as displayed, when its pixels are stored in `orientation`.
    func oriented(_ orientation: Orientation) -> PixelBuffer {
        guard orientation != .upright else { return self }
        let (across, down) = orientation.swapsSides ? (height, width) : (width, height)
        return PixelBuffer(width: across, height: down) { out in
            guard let target = out.baseAddress else { return }
            let walk = orientation.walk(width: width, height: height)
            Self.forEachTile(width: across, height: down) { columns, row in
                var from = base + (walk.start + columns.lowerBound * walk.across + row * walk.down) * Self.channels
                var to = target + (row * across + columns.lowerBound) * Self.channels
                for _ in columns {
                    to[0] = from[0]
                    to[1] = from[1]
                    to[2] = from[2]
                    from += walk.across * Self.channels
                    to += Self.channels
                }
            }
        }
    }

    /// Visits rows in bands of columns: a turn reads down columns, and a band's lines stay in the cache.
    @inline(__always)
    private static func forEachTile(width: Int, height: Int, _ body: (_ columns: Range<Int>, _ row: Int) -> Void) {
        let band = 64
        for left in stride(from: 0, to: width, by: band) {
            let columns = left..<min(left + band, width)
            for row in 0..<height { body(columns, row) }
        }
    }
}
