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

    func check(width: Int, height: Int) throws(ImagingError) {
        guard width > 0, height > 0 else {
            throw ImagingError(.corrupt, "the picture has no pixels: \(width) × \(height)")
        }
        let pixels = width.multipliedReportingOverflow(by: height)
        guard width <= maxSide, height <= maxSide, !pixels.overflow, pixels.partialValue <= maxPixels else {
            throw ImagingError(
                .tooManyPixels,
                "the picture is \(width) × \(height); allowed are \(maxPixels) pixels and \(maxSide) per side",
                remedy: "send a smaller picture")
        }
    }
}
