import Vision

/// What a warp finds outside the picture.
public enum WarpBorder: Hashable, Sendable {
    /// The nearest pixel of the picture.
    case replicate
    /// One grey level.
    case grey(UInt8)
}

extension Picture {
    /// A new picture whose pixel (x, y) shows what lies at `origin`(x, y) in this one, bilinear: `origin` leads from
    /// the result back into the picture. Integers are pixel centres on both sides, as in OpenCV's `warpPerspective`
    /// with `WARP_INVERSE_MAP`.
    public func warped(
        _ origin: Homography, width: Int, height: Int, border: WarpBorder = .replicate
    ) -> PixelBuffer {
        let sampler = BilinearSampler(pixels: pixels, border: border)
        let ratio = SIMD2(ratioX, ratioY)
        return PixelBuffer(width: width, height: height) { out in
            guard var target = out.baseAddress else { return }
            for y in 0..<height {
                for x in 0..<width {
                    let spot = (origin.spot(Double(x), Double(y)) + 0.5) * ratio - 0.5
                    sampler.sample(spot, into: target)
                    target += PixelBuffer.channels
                }
            }
        }
    }

    /// As `warped` with a homography: face alignment, with the inverse of the similarity that maps the landmarks to
    /// the template.
    public func warped(
        _ origin: Similarity, width: Int, height: Int, border: WarpBorder = .replicate
    ) -> PixelBuffer {
        let (a, b) = (Double(origin.a), Double(origin.b))
        let map = Homography(
            row0: [a, -b, Double(origin.tx)], row1: [b, a, Double(origin.ty)], row2: [0, 0, 1])
        return warped(map, width: width, height: height, border: border)
    }

    /// The inside of a quadrilateral as an upright rectangle: a number plate seen from the side. `nil` when three
    /// corners lie in a line.
    public func straightened(_ corners: Quadrilateral, width: Int, height: Int) -> PixelBuffer? {
        let flat = Quadrilateral(Rectangle(x: 0, y: 0, width: Float(width), height: Float(height)))
        return Homography(from: flat, to: corners).map { warped($0, width: width, height: height) }
    }

    /// A copy of a region, rounded and clipped as `wholePixels(of:)` does it, as many pixels as are stored for it.
    public func cropped(to region: Rectangle) -> PixelBuffer {
        let area = storedPixels(of: wholePixels(of: region))
        return PixelBuffer(width: area.width, height: area.height) { out in
            let rowBytes = area.width * PixelBuffer.channels
            for row in 0..<area.height {
                let from = pixels.base + (area.y + row) * pixels.rowBytes + area.x * PixelBuffer.channels
                out.baseAddress?.advanced(by: row * rowBytes).initialize(from: from, count: rowBytes)
            }
        }
    }
}

extension Homography {
    /// As `apply`, without rounding to `Float`.
    @inline(__always)
    fileprivate func spot(_ x: Double, _ y: Double) -> SIMD2<Double> {
        let depth = row2.x * x + row2.y * y + row2.z
        return SIMD2(row0.x * x + row0.y * y + row0.z, row1.x * x + row1.y * y + row1.z) / depth
    }
}

/// Reads a picture between its pixels.
private struct BilinearSampler {
    let pixels: PixelBuffer
    let border: WarpBorder

    func sample(_ spot: SIMD2<Double>, into target: UnsafeMutablePointer<UInt8>) {
        // Far outside is as good as just outside; this keeps the integers small and gives NaN a place.
        let x = bounded(spot.x, pixels.width)
        let y = bounded(spot.y, pixels.height)
        let left = Int(x.rounded(.down))
        let top = Int(y.rounded(.down))
        let across = Float(x - Double(left))
        let down = Float(y - Double(top))
        let above = mix(pixel(left, top), pixel(left + 1, top), across)
        let below = mix(pixel(left, top + 1), pixel(left + 1, top + 1), across)
        let value = mix(above, below, down)
        for channel in 0..<PixelBuffer.channels { target[channel] = UInt8(value[channel] + 0.5) }
    }

    private func bounded(_ value: Double, _ side: Int) -> Double {
        value > -2 ? min(value, Double(side) + 1) : -2
    }

    private func pixel(_ x: Int, _ y: Int) -> SIMD4<Float> {
        if case .grey(let level) = border, x < 0 || y < 0 || x >= pixels.width || y >= pixels.height {
            return SIMD4(repeating: Float(level))
        }
        let row = min(max(y, 0), pixels.height - 1)
        let at = pixels.base + row * pixels.rowBytes + min(max(x, 0), pixels.width - 1) * PixelBuffer.channels
        return SIMD4(Float(at[0]), Float(at[1]), Float(at[2]), 0)
    }

    private func mix(_ a: SIMD4<Float>, _ b: SIMD4<Float>, _ weight: Float) -> SIMD4<Float> {
        a * (1 - weight) + b * weight
    }
}
