/// A picture format, told by content: names and media types are the sender's claim.
public enum PictureFormat: String, Hashable, Sendable, CaseIterable {
    case jpeg, png, webp, bmp, gif, heic, avif

    /// The format of a file from its first bytes, or `nil`. Twelve bytes suffice for all.
    public static func sniff(_ bytes: UnsafeRawBufferPointer) -> PictureFormat? {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) { return .gif }
        if bytes.starts(with: "BM".utf8) { return .bmp }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return .webp }
        if bytes.dropFirst(4).starts(with: "ftyp".utf8) { return brand(bytes.dropFirst(8).prefix(4)) }
        return nil
    }

    /// The format of an ISO base media file from its major brand.
    private static func brand(_ bytes: Slice<UnsafeRawBufferPointer>) -> PictureFormat? {
        switch String(decoding: bytes, as: UTF8.self) {
        case "avif", "avis": .avif
        case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1": .heic
        default: nil
        }
    }
}
