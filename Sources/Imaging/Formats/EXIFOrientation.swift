import CEXIF

extension Orientation {
    private static let prefix = Array("Exif\0\0".utf8)

    /// The orientation that an EXIF block names. A block that is absent or broken, or a value outside 1–8, means
    /// upright: bad metadata never makes a picture unreadable.
    /// - Parameter exif: a TIFF structure, with or without the prefix that JPEG puts before it.
    init(exif: UnsafeRawBufferPointer?) {
        self = exif.flatMap(Self.read) ?? .upright
    }

    private static func read(_ exif: UnsafeRawBufferPointer) -> Orientation? {
        // JPEG's segments end at 64 kB; elsewhere nothing sensible is larger either.
        guard exif.count <= 1 << 20 else { return nil }
        let block = exif.starts(with: prefix) ? Array(exif) : prefix + exif
        guard let data = exif_data_new() else { return nil }
        defer { exif_data_unref(data) }
        // Otherwise libexif "corrects" values that we want to judge.
        exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION)
        exif_data_load_data(data, block, UInt32(block.count))
        guard let entry = exif_content_get_entry(data.pointee.ifd.0, EXIF_TAG_ORIENTATION)?.pointee,
            entry.format == EXIF_FORMAT_SHORT, entry.size >= 2, let value = entry.data
        else { return nil }
        return Orientation(rawValue: Int(exif_get_short(value, exif_data_get_byte_order(data))))
    }
}
