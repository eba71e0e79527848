/// A region of a picture as grey levels 0–255 at a size of its own: areas are averaged where it is made smaller, as
/// OpenCV's `INTER_AREA` does it, and interpolated where it is made larger.
struct GreyPatch {
    let width: Int
    let height: Int
    /// Row by row.
    let levels: [Float]

    /// - Parameters:
    ///   - area: of the stored pixels.
    ///   - longest: what the longer side becomes; the other keeps the aspect.
    init(_ pixels: PixelBuffer, _ area: PixelArea, longest: Int) {
        let ratio = Double(longest) / Double(max(area.width, area.height))
        let across = max(1, Int((Double(area.width) * ratio).rounded()))
        let down = max(1, Int((Double(area.height) * ratio).rounded()))
        let columns = Taps.all(from: area.width, to: across)
        var lines = [Float](repeating: 0, count: area.height * across)
        pixels.forEachLumaRow(area) { row, luma in
            for (column, taps) in columns.enumerated() {
                lines[row * across + column] = taps.sum { luma[$0] }
            }
        }
        levels = Taps.all(from: area.height, to: down).flatMap { taps in
            (0..<across).map { column in taps.sum { lines[$0 * across + column] } }
        }
        width = across
        height = down
    }

    /// Neighbours along one axis and their weights, which add up to 1.
    private struct Taps {
        let first: Int
        let weights: [Float]

        func sum(_ level: (Int) -> Float) -> Float {
            var sum: Float = 0
            for (offset, weight) in weights.enumerated() { sum += weight * level(first + offset) }
            return sum
        }

        static func all(from source: Int, to target: Int) -> [Taps] {
            let scale = Double(source) / Double(target)
            return (0..<target).map { index in
                scale > 1 ? averaging(Double(index) * scale, scale, source) : between(index, scale, source)
            }
        }

        private static func averaging(_ low: Double, _ scale: Double, _ source: Int) -> Taps {
            let first = min(Int(low), source - 1)
            let end = min(max(Int((low + scale).rounded(.up)), first + 1), source)
            let parts = (first..<end).map { max(0, min(low + scale, Double($0 + 1)) - max(low, Double($0))) }
            let total = parts.reduce(0, +)
            return Taps(first: first, weights: parts.map { Float($0 / total) })
        }

        private static func between(_ index: Int, _ scale: Double, _ source: Int) -> Taps {
            let spot = min(max((Double(index) + 0.5) * scale - 0.5, 0), Double(source - 1))
            let first = Int(spot)
            let far = Float(spot - Double(first))
            return Taps(first: first, weights: far > 0 ? [1 - far, far] : [1])
        }
    }
}

extension PixelBuffer {
    /// Calls `body` with the luma of each row of an area: its index in the area, and a level 0–255 for each column
    /// (ITU-R BT.601, as OpenCV's grey).
    func forEachLumaRow(_ area: PixelArea, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: area.width) { luma in
            for row in 0..<area.height {
                let from = base + (area.y + row) * rowBytes + area.x * Self.channels
                for column in 0..<area.width {
                    let at = from + column * Self.channels
                    luma[column] = 0.299 * Float(at[0]) + 0.587 * Float(at[1]) + 0.114 * Float(at[2])
                }
                body(row, UnsafeBufferPointer(luma))
            }
        }
    }
}
