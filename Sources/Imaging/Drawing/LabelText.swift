import CCairo
import Vision

/// One line of text laid out by Pango, which finds fonts for scripts and orders right-to-left ones.
final class LabelText {
    private static let longest = 256
    private static let margin: Float = 2

    private let layout: OpaquePointer
    private let context: OpaquePointer
    /// With a margin around the letters, whole pixels.
    let size: (width: Float, height: Float)

    /// - Parameter maxWidth: text that is wider ends in an ellipsis.
    init(_ text: String, size fontSize: Double, maxWidth: Double, _ context: OpaquePointer) {
        self.context = context
        layout = pango_cairo_create_layout(context)
        let font = pango_font_description_new()
        pango_font_description_set_family(font, "Sans")
        pango_font_description_set_absolute_size(font, fontSize * Double(PANGO_SCALE))
        pango_layout_set_font_description(layout, font)
        pango_font_description_free(font)
        pango_layout_set_single_paragraph_mode(layout, 1)
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END)
        let room = maxWidth - Double(2 * Self.margin)
        pango_layout_set_text(layout, Self.printable(text), -1)
        size = Self.measure(layout, room: max(1, room))
    }

    deinit { g_object_unref(UnsafeMutableRawPointer(layout)) }

    func show(at corner: Point) {
        cairo_move_to(context, Double(corner.x + Self.margin), Double(corner.y + Self.margin))
        pango_cairo_show_layout(context, layout)
    }

    private static func measure(_ layout: OpaquePointer, room: Double) -> (width: Float, height: Float) {
        var extents = PangoRectangle()
        pango_layout_get_pixel_extents(layout, nil, &extents)
        if Double(extents.width) > room {
            pango_layout_set_width(layout, Int32(room * Double(PANGO_SCALE)))
            pango_layout_get_pixel_extents(layout, nil, &extents)
        }
        return (Float(extents.width) + 2 * margin, Float(extents.height) + 2 * margin)
    }

    /// Names come from users: bounded, without the characters that end a C string or break a line.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.prefix(longest).filter { $0.value >= 32 && $0.value != 127 }))
    }
}
