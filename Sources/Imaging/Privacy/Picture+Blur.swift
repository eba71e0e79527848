import Vision

/// The part of a rectangle that a blur covers.
public enum BlurShape: Hashable, Sendable {
    case rectangle
    /// The ellipse that touches the widened rectangle's four sides.
    case ellipse
}

extension Picture {
    /// A copy in which faces or plates cannot be made out: each region becomes a mosaic of at most 8 cells a side,
    /// which is then smoothed over a cell.
    ///
    /// A Gaussian blur alone is a convolution: with its width known or guessed most of it can be undone
    /// (deconvolution), and networks read through it. Of a mosaic only the cells' means are left, at most 64
    /// colours, whatever is done to them later. It is still no proof against somebody who has all the candidates and
    /// compares means (R. McPherson et al., "Defeating image obfuscation with deep learning", 2016); against that
    /// the region would have to be painted over.
    /// - Parameters:
    ///   - regions: pixels of the picture. What lies outside does not matter; one that is not finite hides the
    ///     whole picture, for it is not known what it meant.
    ///   - margin: added on each side, as a share of the region's side.
    public func blurred(
        _ regions: [Rectangle], margin: Float = 0.15, shape: BlurShape = .ellipse
    ) -> Picture {
        let covers = regions.compactMap { cover($0, margin: margin, shape: shape) }
        let hidden = PixelBuffer(width: pixels.width, height: pixels.height) { out in
            guard let target = out.baseAddress else { return }
            target.initialize(from: pixels.base, count: pixels.byteCount)
            for cover in covers { cover.hide(target, rowBytes: pixels.rowBytes) }
        }
        return Picture(pixels: hidden, width: width, height: height)
    }

    private func cover(_ region: Rectangle, margin: Float, shape: BlurShape) -> BlurCover? {
        let (across, down) = (region.width * (1 + 2 * margin), region.height * (1 + 2 * margin))
        let left = (region.x - region.width * margin) * Float(ratioX)
        let top = (region.y - region.height * margin) * Float(ratioY)
        let wide = Rectangle(x: left, y: top, width: across * Float(ratioX), height: down * Float(ratioY))
        let whole = Rectangle(x: 0, y: 0, width: Float(pixels.width), height: Float(pixels.height))
        guard wide.right.isFinite, wide.bottom.isFinite else {
            return BlurCover(area: pixelsTouched(by: whole), ellipse: nil)
        }
        guard wide.width > 0, wide.height > 0, wide.right > 0, wide.bottom > 0, wide.x < whole.right,
            wide.y < whole.bottom
        else { return nil }
        return BlurCover(area: pixelsTouched(by: wide), ellipse: shape == .ellipse ? wide : nil)
    }

    private func pixelsTouched(by region: Rectangle) -> PixelArea {
        PixelArea(
            x: region.x.rounded(.down), right: region.right.rounded(.up), y: region.y.rounded(.down),
            bottom: region.bottom.rounded(.up), width: pixels.width, height: pixels.height)
    }
}
