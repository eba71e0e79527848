import NIOCore

/// The kind of an encoded picture, by its first bytes; what a header or a file name says decides nothing.
enum PictureFormat: String {
    case jpeg, png, webp, bmp, gif, heic, avif

    var mediaType: String { "image/\(rawValue)" }

    init?(_ bytes: ByteBuffer) {
        let head = Array(bytes.readableBytesView.prefix(16))
        func has(_ text: String, at offset: Int = 0) -> Bool {
            head.dropFirst(offset).starts(with: text.utf8)
        }
        if head.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if has("RIFF"), has("WEBP", at: 8) {
            self = .webp
        } else if has("GIF87a") || has("GIF89a") {
            self = .gif
        } else if has("BM") {
            self = .bmp
        } else if has("ftypavi", at: 4) {
            self = .avif
        } else if has("ftyphei", at: 4) || has("ftypmif1", at: 4) {
            self = .heic
        } else {
            return nil
        }
    }
}
