import Vision

/// What a warp finds outside the picture.
public enum WarpBorder: Hashable, Sendable {
    /// The nearest pixel of the picture.
    case replicate
    /// One grey level.
    case grey(UInt8)
}

extension Picture {
    /// A new picture whose pixel (x, y) shows what lies at `transform`(x, y) in this one, bilinear. Integers are
    /// pixel centres on both sides, as in OpenCV's `warpPerspective` with `WARP_INVERSE_MAP`.
    public func warped(
        _ transform: PerspectiveTransform, width: Int, height: Int, border: WarpBorder = .replicate
    ) -> PixelBuffer {
        let sampler = BilinearSampler(pixels: pixels, border: border)
        let (ratioX, ratioY) = (ratioX, ratioY)
        return PixelBuffer(width: width, height: height) { out in
            guard var target = out.baseAddress else { return }
            for y in 0..<height {
                for x in 0..<width {
                    let at = transform(Double(x), Double(y))
                    sampler.sample(
                        x: (at.x + 0.5) * ratioX - 0.5, y: (at.y + 0.5) * ratioY - 0.5, into: target)
                    target += PixelBuffer.channels
                }
            }
        }
    }

    /// The inside of a quadrilateral (clockwise from its top left, pixels of the picture) as an upright rectangle:
    /// a number plate seen from the side. `nil` when three corners lie in a line.
    public func straightened(_ quadrilateral: [Point], width: Int, height: Int) -> PixelBuffer? {
        PerspectiveTransform(width: width, height: height, onto: quadrilateral).map {
            warped($0, width: width, height: height)
        }
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

/// Reads a picture between its pixels.
private struct BilinearSampler {
    let pixels: PixelBuffer
    let border: WarpBorder

    func sample(x: Double, y: Double, into target: UnsafeMutablePointer<UInt8>) {
        // Far outside is as good as just outside; this keeps the integers small and gives NaN a place.
        let x = bounded(x, pixels.width)
        let y = bounded(y, pixels.height)
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
