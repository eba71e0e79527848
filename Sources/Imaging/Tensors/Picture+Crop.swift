import Vision

extension Picture {
    /// Writes a crop of the picture into a model's input, which it fills: aligned faces, turned squares, regions that
    /// reach beyond the picture. Bit for bit what OpenCV 4's `warpAffine` gives with `INTER_LINEAR`, normalised;
    /// `layout.fit` and `layout.pad` do not matter.
    /// - Parameters:
    ///   - origin: leads from the input into the picture.
    ///   - border: what lies outside the picture; `.grey(0)` is OpenCV's default.
    ///   - target: at least `layout.canvas(width: layout.width, height: layout.height).byteCount` bytes, for several
    ///     crops in one batch a slot of `TensorCanvas.slot(_:of:)`.
    public func write(
        _ layout: TensorLayout, origin: CropMap, border: WarpBorder = .grey(0),
        into target: UnsafeMutableRawBufferPointer
    ) {
        let canvas = TensorCanvas(layout: layout, width: layout.width, height: layout.height)
        precondition(target.count >= canvas.byteCount, "the target is too small for the tensor")
        let rows = TensorRows(layout: layout, canvas: canvas, left: 0, width: canvas.width, target: target)
        let resampler = AffineResampler(
            pixels, origin.scaled(x: ratioX, y: ratioY), border: border, width: canvas.width, height: canvas.height)
        resampler.forEachRow { row, values in rows.write(values, at: row) }
    }

    /// `box` enlarged about its centre, shrunk to what the picture has room for and moved until it lies inside, in
    /// whole pixels: minivision's Silent-Face-Anti-Spoofing, `CropImage._get_new_box` (src/generate_patches.py),
    /// whose last row and column count as inside.
    /// - Parameter scale: side of the region over side of the box, above 0.
    /// - Returns: a region for `write(_:region:into:)`; `nil` for a box that is empty or not finite.
    public func regionInside(around box: Rectangle, scale: Double) -> Rectangle? {
        let sides = SIMD2(Double(box.width), Double(box.height))
        let corner = SIMD2(Double(box.x), Double(box.y))
        let last = SIMD2(Double(width - 1), Double(height - 1))
        guard sides.x > 0, sides.y > 0, scale > 0, (corner + sides).sum().isFinite else { return nil }
        let half = sides * min(scale, (last / sides).min()) / 2
        let centre = corner + sides / 2
        var low = centre - half
        var high = centre + half
        for axis in 0..<2 {
            let before = min(low[axis], 0)
            (low[axis], high[axis]) = (low[axis] - before, high[axis] - before)
            let beyond = max(high[axis] - last[axis], 0)
            (low[axis], high[axis]) = (max(low[axis] - beyond, 0), high[axis] - beyond)
        }
        low.round(.towardZero)
        high.round(.towardZero)
        return Rectangle(
            left: Float(low.x), top: Float(low.y), right: Float(high.x + 1), bottom: Float(high.y + 1))
    }
}
