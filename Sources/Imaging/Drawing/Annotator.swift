import Vision

/// Draws boxes, lines, dots and labels on a picture and compresses it.
public struct Annotator: Sendable {
    /// Of the JPEG file, 1–100.
    public var quality: Int

    public init(quality: Int = 90) { self.quality = quality }

    /// The picture with `annotations` on it, later ones on top, as a JPEG file of as many pixels as are stored.
    /// Labels stay inside the picture; lines and letters grow with it. Blocking.
    /// - Throws: `ImagingError` when a side has more than 32,767 pixels.
    public func draw(_ annotations: [Annotation], on picture: Picture) throws(ImagingError) -> [UInt8] {
        let canvas = try DrawingCanvas(picture.pixels)
        for annotation in annotations {
            let placed = annotation.scaled(x: Float(picture.ratioX), y: Float(picture.ratioY))
            canvas.draw(placed, DrawingStyle(width: canvas.width, height: canvas.height))
        }
        return try canvas.jpeg(quality: quality)
    }
}

/// Sizes in pixels that follow from the picture's.
struct DrawingStyle {
    let line: Double
    /// Of a skeleton's bones.
    let thinLine: Double
    let font: Double
    let dot: Double

    init(width: Int, height: Int) {
        let longer = Double(max(width, height))
        line = max(2, (longer / 400).rounded())
        thinLine = max(1, line / 2)
        font = min(max(10, longer / 64), 96)
        dot = line * 1.5
    }
}

extension Annotation {
    fileprivate func scaled(x: Float, y: Float) -> Annotation {
        func scaled(_ point: Point) -> Point { Point(x: point.x * x, y: point.y * y) }
        return Annotation(
            box: Rectangle(x: box.x * x, y: box.y * y, width: box.width * x, height: box.height * y),
            label: label, colour: colour, points: points.map(scaled),
            lines: lines.map { Line(scaled($0.start), scaled($0.end)) })
    }
}
