/// Resizes a part of a picture, row by row, with the arithmetic of OpenCV's `resize` for 8-bit `INTER_LINEAR`
/// (modules/imgproc/src/resize.cpp): pixel centres at ½, weights of 11 bits, two rounded steps, and at exactly half
/// the size the mean of four pixels.
struct LinearResampler {
    private static let one = Float(2048)

    /// Two neighbours and their weights, which add up to 2048.
    private struct Tap {
        var near: Int32
        var far: Int32
        var weights: SIMD2<Int16>
    }

    private let source: UnsafePointer<UInt8>
    private let rowBytes: Int
    private let area: PixelArea
    private let width: Int
    private let height: Int
    /// Keeps `source` alive.
    private let pixels: PixelBuffer

    init(_ pixels: PixelBuffer, _ area: PixelArea, width: Int, height: Int) {
        self.pixels = pixels
        self.area = area
        self.width = width
        self.height = height
        rowBytes = pixels.rowBytes
        source = UnsafePointer(pixels.base) + area.y * pixels.rowBytes + area.x * PixelBuffer.channels
    }

    /// Calls `body` with each row in turn: its index, and `width` reds, greens and blues one after the other.
    func forEachRow(_ body: (Int, UnsafePointer<UInt8>) -> Void) {
        withExtendedLifetime(pixels) {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width * 3) { row in
                guard let out = row.baseAddress else { return }
                if area.width == width * 2, area.height == height * 2 {
                    halve(out, body)
                } else {
                    interpolate(out, body)
                }
            }
        }
    }

    private func halve(_ out: UnsafeMutablePointer<UInt8>, _ body: (Int, UnsafePointer<UInt8>) -> Void) {
        for y in 0..<height {
            let above = source + y * 2 * rowBytes
            let below = above + rowBytes
            for x in 0..<width {
                for channel in 0..<3 {
                    let at = x &* 6 &+ channel
                    let sum = UInt32(above[at]) &+ UInt32(above[at &+ 3]) &+ UInt32(below[at]) &+ UInt32(below[at &+ 3])
                    out[channel &* width &+ x] = UInt8(truncatingIfNeeded: (sum &+ 2) >> 2)
                }
            }
            body(y, out)
        }
    }

    private func interpolate(_ out: UnsafeMutablePointer<UInt8>, _ body: (Int, UnsafePointer<UInt8>) -> Void) {
        let columns = Self.taps(from: area.width, to: width)
        let rows = Self.taps(from: area.height, to: height)
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: width * 6) { lines in
            guard var near = lines.baseAddress else { return }
            var far = near + width * 3
            var nearRow = Int32(-1)
            var farRow = Int32(-1)
            for (y, tap) in rows.enumerated() {
                if tap.near == farRow {
                    swap(&near, &far)
                    swap(&nearRow, &farRow)
                }
                if tap.near != nearRow { squeeze(tap.near, columns, into: near) }
                if tap.far != farRow { squeeze(tap.far, columns, into: far) }
                (nearRow, farRow) = (tap.near, tap.far)
                blend(near, far, tap.weights, into: out)
                body(y, out)
            }
        }
    }

    /// One source row at the target's width, 15 bits a value.
    private func squeeze(_ row: Int32, _ taps: [Tap], into line: UnsafeMutablePointer<Int16>) {
        let from = source + Int(row) * rowBytes
        let reds = line
        let greens = line + width
        let blues = line + width * 2
        taps.withUnsafeBufferPointer { taps in
            for x in 0..<width {
                let tap = taps[x]
                let near = from + Int(tap.near) &* 3
                let far = from + Int(tap.far) &* 3
                let a = Int32(tap.weights.x)
                let b = Int32(tap.weights.y)
                reds[x] = Int16(truncatingIfNeeded: (Int32(near[0]) &* a &+ Int32(far[0]) &* b) >> 4)
                greens[x] = Int16(truncatingIfNeeded: (Int32(near[1]) &* a &+ Int32(far[1]) &* b) >> 4)
                blues[x] = Int16(truncatingIfNeeded: (Int32(near[2]) &* a &+ Int32(far[2]) &* b) >> 4)
            }
        }
    }

    private func blend(
        _ near: UnsafePointer<Int16>, _ far: UnsafePointer<Int16>, _ weights: SIMD2<Int16>,
        into out: UnsafeMutablePointer<UInt8>
    ) {
        let a = Int32(weights.x)
        let b = Int32(weights.y)
        for index in 0..<width &* 3 {
            let above = Int16(truncatingIfNeeded: (Int32(near[index]) &* a) >> 16)
            let below = Int16(truncatingIfNeeded: (Int32(far[index]) &* b) >> 16)
            out[index] = UInt8(truncatingIfNeeded: (above &+ below &+ 2) >> 2)
        }
    }

    private static func taps(from source: Int, to target: Int) -> [Tap] {
        let scale = 1 / (Double(target) / Double(source))
        return (0..<target).map { index in
            let centre = Float((Double(index) + 0.5) * scale - 0.5)
            let floor = centre.rounded(.down)
            let fraction = centre - floor
            let near = min(max(Int32(floor), 0), Int32(source - 1))
            let far = min(max(Int32(floor) + 1, 0), Int32(source - 1))
            return Tap(near: near, far: far, weights: SIMD2(weight(1 - fraction), weight(fraction)))
        }
    }

    private static func weight(_ fraction: Float) -> Int16 {
        Int16((fraction * one).rounded(.toNearestOrEven))
    }
}
