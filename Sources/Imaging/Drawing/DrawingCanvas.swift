import CCairo
import Vision

/// A copy of a picture that Cairo draws on.
final class DrawingCanvas {
    let width: Int
    let height: Int
    /// Blue, green, red, unused; rows without gaps.
    private let memory: UnsafeMutableBufferPointer<UInt8>
    private let surface: OpaquePointer
    private let context: OpaquePointer

    init(_ pixels: PixelBuffer) throws(ImagingError) {
        width = pixels.width
        height = pixels.height
        memory = Self.copy(pixels)
        surface = cairo_image_surface_create_for_data(
            memory.baseAddress, CAIRO_FORMAT_RGB24, Int32(width), Int32(height), Int32(width * 4))
        context = cairo_create(surface)
        let status = cairo_status(context)
        guard status == CAIRO_STATUS_SUCCESS else {
            let reason = String(cString: cairo_status_to_string(status))
            throw ImagingError(.encodingFailed, "the picture cannot be drawn on: \(reason)")
        }
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
        memory.deallocate()
    }

    func draw(_ annotation: Annotation, _ style: DrawingStyle) {
        // Cairo's numbers are 24.8 fixed point: what lies far outside would wrap around.
        guard let box = annotation.box.clipped(width: Float(width), height: Float(height)) else { return }
        setColour(annotation.colour)
        cairo_set_line_width(context, style.line)
        cairo_rectangle(context, Double(box.x), Double(box.y), Double(box.width), Double(box.height))
        cairo_stroke(context)
        cairo_set_line_width(context, style.thinLine)
        for line in annotation.lines { draw(line) }
        for point in annotation.points { dot(point, style.dot) }
        guard !annotation.label.isEmpty else { return }
        label(annotation, at: box, style)
    }

    /// A label ready to be shown, and the area it takes.
    func layOut(_ label: String, at box: Rectangle, _ style: DrawingStyle) -> (text: LabelText, area: Rectangle) {
        let text = LabelText(label, size: style.font, maxWidth: Double(width), context)
        let corner = LabelPlacement.corner(
            of: text.size, at: box, in: Rectangle(x: 0, y: 0, width: Float(width), height: Float(height)))
        return (text, Rectangle(x: corner.x, y: corner.y, width: text.size.width, height: text.size.height))
    }

    func jpeg(quality: Int) throws(ImagingError) -> [UInt8] {
        cairo_surface_flush(surface)
        return try compressJPEG(UnsafeBufferPointer(memory), .bgrx, width: width, height: height, quality: quality)
    }

    private func draw(_ line: Annotation.Line) {
        guard let line = line.clipped(width: Float(width), height: Float(height)) else { return }
        cairo_move_to(context, Double(line.start.x), Double(line.start.y))
        cairo_line_to(context, Double(line.end.x), Double(line.end.y))
        cairo_stroke(context)
    }

    private func dot(_ point: Point, _ radius: Double) {
        guard point.x >= 0, point.y >= 0, point.x <= Float(width), point.y <= Float(height) else { return }
        cairo_arc(context, Double(point.x), Double(point.y), radius, 0, 2 * Double.pi)
        cairo_fill(context)
    }

    private func label(_ annotation: Annotation, at box: Rectangle, _ style: DrawingStyle) {
        let (text, area) = layOut(annotation.label, at: box, style)
        cairo_rectangle(context, Double(area.x), Double(area.y), Double(area.width), Double(area.height))
        cairo_fill(context)
        let light = annotation.colour.isLight
        setColour(light ? Colour(red: 0, green: 0, blue: 0) : Colour(red: 255, green: 255, blue: 255))
        text.show(at: Point(x: area.x, y: area.y))
    }

    private func setColour(_ colour: Colour) {
        cairo_set_source_rgb(
            context, Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255)
    }

    private static func copy(_ pixels: PixelBuffer) -> UnsafeMutableBufferPointer<UInt8> {
        let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: pixels.width * pixels.height * 4)
        pixels.withPixels { source in
            for pixel in 0..<pixels.width * pixels.height {
                memory[pixel * 4] = source[pixel * 3 + 2]
                memory[pixel * 4 + 1] = source[pixel * 3 + 1]
                memory[pixel * 4 + 2] = source[pixel * 3]
                memory[pixel * 4 + 3] = 0
            }
        }
        return memory
    }
}

enum LabelPlacement {
    /// The top left corner of a label: above its box where there is room, else inside the box's top edge; never
    /// beyond the picture.
    static func corner(of size: (width: Float, height: Float), at box: Rectangle, in picture: Rectangle) -> Point {
        let y = box.y - size.height >= 0 ? box.y - size.height : box.y
        return Point(
            x: max(0, min(box.x, picture.width - size.width)), y: max(0, min(y, picture.height - size.height)))
    }
}
