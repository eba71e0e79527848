/// Reads a picture along an affine map, row by row, with the arithmetic of OpenCV 4's `warpAffine` for 8-bit
/// `INTER_LINEAR` (modules/imgproc/src/imgwarp.cpp): positions in 1/1024 of a pixel, rounded to 1/32, weights of ten
/// bits.
struct AffineResampler {
    private static let one = 1024.0
    /// Steps of a pixel that weights tell apart.
    private static let steps = 32

    private let pixels: PixelBuffer
    private let border: WarpBorder
    private let map: CropMap
    private let width: Int
    private let height: Int

    /// - Parameter map: from the result into `pixels`.
    init(_ pixels: PixelBuffer, _ map: CropMap, border: WarpBorder, width: Int, height: Int) {
        self.pixels = pixels
        self.map = map
        self.border = border
        self.width = width
        self.height = height
    }

    /// Calls `body` with each row in turn: its index, and `width` reds, greens and blues one after the other.
    func forEachRow(_ body: (Int, UnsafePointer<UInt8>) -> Void) {
        let across = (0..<width).map { column in
            SIMD2(Self.fixed(map.row0.x * Double(column)), Self.fixed(map.row1.x * Double(column)))
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width * 3) { row in
            guard let out = row.baseAddress else { return }
            for y in 0..<height {
                // Half a step more, so that cutting off rounds.
                let start =
                    SIMD2(
                        Self.fixed(map.row0.y * Double(y) + map.row0.z), Self.fixed(map.row1.y * Double(y) + map.row1.z)
                    )
                    &+ 16
                for x in 0..<width { sample((start &+ across[x]) &>> 5, into: out + x) }
                body(y, out)
            }
        }
    }

    /// In 1/1024, half to even. What lies far outside, or is no number, is as good as just outside.
    private static func fixed(_ value: Double) -> Int {
        let far = Double(1 << 40)
        guard value * one > -far else { return -(1 << 40) }
        return Int(min((value * one).rounded(.toNearestOrEven), far))
    }

    /// - Parameter spot: in 1/32 of a pixel.
    private func sample(_ spot: SIMD2<Int>, into out: UnsafeMutablePointer<UInt8>) {
        let (x, y) = (spot.x >> 5, spot.y >> 5)
        let (right, down) = (spot.x & 31, spot.y & 31)
        let (left, up) = (Self.steps - right, Self.steps - down)
        let weights = SIMD4(left * up, right * up, left * down, right * down)
        if x >= 0, y >= 0, x < pixels.width - 1, y < pixels.height - 1 {
            let above = pixels.base + y * pixels.rowBytes + x * PixelBuffer.channels
            let below = above + pixels.rowBytes
            for channel in 0..<PixelBuffer.channels {
                let levels = SIMD4(
                    Int(above[channel]), Int(above[channel + 3]), Int(below[channel]), Int(below[channel + 3]))
                out[channel * width] = Self.blend(levels, weights)
            }
        } else {
            for channel in 0..<PixelBuffer.channels {
                let levels = SIMD4(
                    level(x, y, channel), level(x + 1, y, channel), level(x, y + 1, channel),
                    level(x + 1, y + 1, channel))
                out[channel * width] = Self.blend(levels, weights)
            }
        }
    }

    private static func blend(_ levels: SIMD4<Int>, _ weights: SIMD4<Int>) -> UInt8 {
        UInt8(truncatingIfNeeded: ((levels &* weights).wrappedSum() &+ 512) >> 10)
    }

    private func level(_ x: Int, _ y: Int, _ channel: Int) -> Int {
        if case .grey(let level) = border, x < 0 || y < 0 || x >= pixels.width || y >= pixels.height {
            return Int(level)
        }
        let row = min(max(y, 0), pixels.height - 1)
        let column = min(max(x, 0), pixels.width - 1)
        return Int(pixels.base[row * pixels.rowBytes + column * PixelBuffer.channels + channel])
    }
}
