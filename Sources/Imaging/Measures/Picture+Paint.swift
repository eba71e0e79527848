import Vision

/// What the middle of a vehicle's picture says of its paint.
public struct Paint: Hashable, Sendable {
    /// Share of pixels whose channels lie more than 40 levels apart, 0–1.
    public let colourful: Float
    /// Luma (ITU-R BT.601) that a quarter of the pixels exceed, 0–255.
    public let brightQuarter: Float
}

extension Picture {
    /// The region brought to 48×48 pixels by averaging, of which the inner 36×36 count: edges show the street.
    /// - Parameter region: pixels of the picture.
    public func paint(of region: Rectangle) -> Paint {
        let area = storedPixels(of: wholePixels(of: region))
        let (side, margin) = (48, 6)
        var colourful = 0
        var lumas: [Float] = []
        for row in margin..<side - margin {
            for column in margin..<side - margin {
                let mean = mean(of: area, row: row, column: column, side: side)
                colourful += mean.max() - mean.min() > 40 ? 1 : 0
                lumas.append(0.299 * mean.x + 0.587 * mean.y + 0.114 * mean.z)
            }
        }
        lumas.sort()
        return Paint(colourful: Float(colourful) / Float(lumas.count), brightQuarter: lumas[lumas.count * 3 / 4])
    }

    /// Mean colour of one cell of a grid of `side` × `side` over the area; at least one pixel.
    private func mean(of area: PixelArea, row: Int, column: Int, side: Int) -> SIMD3<Float> {
        let (top, left) = (area.y + row * area.height / side, area.x + column * area.width / side)
        let bottom = max(top + 1, area.y + (row + 1) * area.height / side)
        let right = max(left + 1, area.x + (column + 1) * area.width / side)
        var sum = SIMD3<Float>.zero
        for y in top..<bottom {
            for x in left..<right {
                let pixel = pixels.base + y * pixels.rowBytes + x * PixelBuffer.channels
                sum += SIMD3(Float(pixel[0]), Float(pixel[1]), Float(pixel[2]))
            }
        }
        return sum / Float((bottom - top) * (right - left))
    }
}
