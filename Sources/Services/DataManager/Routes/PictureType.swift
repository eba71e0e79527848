import NIOCore

/// The media type of a stored picture, by its first bytes: what a client once called it is not kept.
enum PictureType {
    static func mediaType(of picture: ByteBuffer) -> String {
        let head = Array(picture.readableBytesView.prefix(16))
        return signatures.first { $0.matches(head) }?.mediaType ?? "application/octet-stream"
    }

    private struct Signature {
        let mediaType: String
        let bytes: [UInt8]
        var offset = 0

        func matches(_ head: [UInt8]) -> Bool { head.dropFirst(offset).starts(with: bytes) }
    }

    private static let signatures = [
        Signature(mediaType: "image/jpeg", bytes: [0xFF, 0xD8, 0xFF]),
        Signature(mediaType: "image/png", bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        Signature(mediaType: "image/gif", bytes: Array("GIF8".utf8)),
        Signature(mediaType: "image/bmp", bytes: Array("BM".utf8)),
        Signature(mediaType: "image/webp", bytes: Array("WEBP".utf8), offset: 8),
    ]
}
