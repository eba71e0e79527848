import Vision

/// How a region is lit.
public struct Exposure: Hashable, Sendable {
    /// Mean luma, 0–255.
    public let mean: Float
    /// Standard deviation of luma over 255, 0–½: RMS contrast (E. Peli, "Contrast in complex images", J. Opt. Soc.
    /// Am. A 7, 1990).
    public let contrast: Float
    /// Share of pixels with luma 0–25, 0–1 (ISO/IEC 29794-5, under-exposure prevention).
    public let dark: Float
    /// Share of pixels with luma 247–255, 0–1 (ISO/IEC 29794-5, over-exposure prevention).
    public let bright: Float
}

extension Picture {
    /// How sharp a face or a plate is: the variance of the Laplacian of its grey levels (J. L. Pech-Pacheco et al.,
    /// "Diatom autofocusing in brightfield microscopy", ICPR 2000), with the region's longer side brought to 128
    /// pixels first, so that near and far ones compare. 0 for a plain one; noise and compression raise it too.
    /// - Parameter region: pixels of the picture; `nil` is all of it.
    public func sharpness(of region: Rectangle? = nil) -> Float {
        let patch = GreyPatch(pixels, storedPixels(of: wholePixels(of: region)), longest: 128)
        guard patch.width >= 3, patch.height >= 3 else { return 0 }
        let (width, levels) = (patch.width, patch.levels)
        var sum = 0.0
        var squares = 0.0
        for row in 1..<patch.height - 1 {
            for at in row * width + 1..<(row + 1) * width - 1 {
                let around = levels[at - 1] + levels[at + 1] + levels[at - width] + levels[at + width]
                let response = Double(around - 4 * levels[at])
                sum += response
                squares += response * response
            }
        }
        let count = Double((width - 2) * (patch.height - 2))
        return Float(max(0, squares / count - (sum / count) * (sum / count)))
    }

    /// Brightness, contrast and clipped pixels of a face or a plate.
    /// - Parameter region: pixels of the picture; `nil` is all of it.
    public func exposure(of region: Rectangle? = nil) -> Exposure {
        let area = storedPixels(of: wholePixels(of: region))
        var (sum, squares) = (0.0, 0.0)
        var (dark, bright) = (0, 0)
        pixels.forEachLumaRow(area) { _, luma in
            for level in luma {
                sum += Double(level)
                squares += Double(level) * Double(level)
                // Levels are whole numbers in the standard.
                dark += level < 25.5 ? 1 : 0
                bright += level >= 246.5 ? 1 : 0
            }
        }
        let count = Double(area.width * area.height)
        let mean = sum / count
        return Exposure(
            mean: Float(mean), contrast: Float(max(0, squares / count - mean * mean).squareRoot() / 255),
            dark: Float(Double(dark) / count), bright: Float(Double(bright) / count))
    }
}
