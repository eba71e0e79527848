/// What a header may ask for. Checked before any pixel memory is allocated.
public struct DecodeLimits: Hashable, Sendable {
    /// Width × height.
    public var maxPixels: Int
    /// Width or height.
    public var maxSide: Int

    public init(maxPixels: Int = 50_000_000, maxSide: Int = 65_535) {
        self.maxPixels = maxPixels
        self.maxSide = maxSide
    }

    /// - Parameter rounding: the block whose multiples the sides may have been rounded up to.
    func check(width: Int, height: Int, rounding: Int = 1) throws(ImagingError) {
        guard width > 0, height > 0 else {
            throw ImagingError(.corrupt, "the picture has no pixels: \(width) × \(height)")
        }
        let (across, down) = (max(1, width - rounding + 1), max(1, height - rounding + 1))
        let pixels = across.multipliedReportingOverflow(by: down)
        guard across <= maxSide, down <= maxSide, !pixels.overflow, pixels.partialValue <= maxPixels else {
            throw ImagingError(
                .tooManyPixels,
                "the picture is \(width) × \(height); allowed are \(maxPixels) pixels and \(maxSide) per side",
                remedy: "send a smaller picture")
        }
    }
}
