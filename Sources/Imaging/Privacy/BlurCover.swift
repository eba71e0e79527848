import Vision

/// Makes one area of a picture unrecognisable in place.
struct BlurCover {
    /// Cells along the longer side.
    private static let cells = 8
    /// Pixels along a cell's side where there are fewer than `cells` of them.
    private static let smallestCell = 4

    let area: PixelArea
    /// Only pixels inside are changed; `nil` changes the whole area.
    let ellipse: Rectangle?

    func hide(_ picture: UnsafeMutablePointer<UInt8>, rowBytes: Int) {
        let start = picture + area.y * rowBytes + area.x * PixelBuffer.channels
        let columns = Self.cells(area.width, of: max(area.width, area.height))
        let rows = Self.cells(area.height, of: max(area.width, area.height))
        let means = means(start, rowBytes, columns: columns, rows: rows)
        // A box blur of a mosaic over one cell is the straight line between the cells' centres.
        for y in 0..<area.height {
            let down = Self.position(y, area.height, cells: rows)
            for x in 0..<area.width where covers(x, y) {
                let across = Self.position(x, area.width, cells: columns)
                let above = Self.mix(means, down.near * columns, across)
                let below = Self.mix(means, down.far * columns, across)
                let value = above + (below - above) * down.weight
                let pixel = start + y * rowBytes + x * PixelBuffer.channels
                for channel in 0..<PixelBuffer.channels { pixel[channel] = UInt8(value[channel] + 0.5) }
            }
        }
    }

    private func covers(_ x: Int, _ y: Int) -> Bool {
        guard let ellipse else { return true }
        let across = (Float(area.x + x) + 0.5 - ellipse.x) / ellipse.width * 2 - 1
        let down = (Float(area.y + y) + 0.5 - ellipse.y) / ellipse.height * 2 - 1
        return across * across + down * down <= 1
    }

    /// The mean colour of each cell, row by row.
    private func means(
        _ start: UnsafeMutablePointer<UInt8>, _ rowBytes: Int, columns: Int, rows: Int
    ) -> [SIMD4<Float>] {
        var sums = [SIMD4<Int>](repeating: .zero, count: columns * rows)
        for y in 0..<area.height {
            for x in 0..<area.width {
                let pixel = start + y * rowBytes + x * PixelBuffer.channels
                sums[y * rows / area.height * columns + x * columns / area.width] &+= SIMD4(
                    Int(pixel[0]), Int(pixel[1]), Int(pixel[2]), 1)
            }
        }
        return sums.map { SIMD4<Float>($0) / Float($0.w) }
    }

    /// Along a side as long as this one; never more than its pixels.
    private static func cells(_ side: Int, of longer: Int) -> Int {
        let most = min(cells, max(1, longer / smallestCell))
        return max(1, min(side, Int((Float(most * side) / Float(longer)).rounded())))
    }

    /// The cells whose centres lie on both sides of a pixel, and how near the far one is.
    private static func position(_ pixel: Int, _ side: Int, cells: Int) -> (near: Int, far: Int, weight: Float) {
        let spot = (Float(pixel) + 0.5) * Float(cells) / Float(side) - 0.5
        let near = Int(max(0, spot))
        return (near, min(near + 1, cells - 1), max(0, spot - Float(near)))
    }

    private static func mix(
        _ means: [SIMD4<Float>], _ row: Int, _ across: (near: Int, far: Int, weight: Float)
    ) -> SIMD4<Float> {
        let (near, far) = (means[row + across.near], means[row + across.far])
        return near + (far - near) * across.weight
    }
}
