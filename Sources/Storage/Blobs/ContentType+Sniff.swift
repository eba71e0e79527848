extension ContentType {
    /// As many first bytes as `sniff` can use.
    public static let sniffedBytes = 1024

    /// Tells what begins with `bytes` (the first 1024, or all). What is recognised need not be whole or valid.
    public static func sniff(_ bytes: some Collection<UInt8>) -> ContentType {
        let head = Array(bytes.prefix(sniffedBytes))
        return marked(head) ?? container(head) ?? text(head, isWhole: bytes.count <= sniffedBytes) ?? onnx(head)
            ?? unknown
    }

    private static let marks: [(mark: [UInt8], type: ContentType)] = [
        ([0xff, 0xd8, 0xff], .init("image/jpeg", [.image])),
        ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], .init("image/png", [.image])),
        (Array("GIF87a".utf8), .init("image/gif", [.image])),
        (Array("GIF89a".utf8), .init("image/gif", [.image])),
        (Array("%PDF-".utf8), .init("application/pdf", [.report])),
        (Array("PK\u{3}\u{4}".utf8), .init("application/zip", [.report, .model])),
        (Array("PK\u{5}\u{6}".utf8), .init("application/zip", [.report, .model])),
        ([0x1f, 0x8b, 0x08], .init("application/gzip", [.report, .model])),
    ]

    private static func marked(_ head: [UInt8]) -> ContentType? {
        marks.first { head.starts(with: $0.mark) }?.type
    }

    /// Formats that are told by more than their first bytes.
    private static func container(_ head: [UInt8]) -> ContentType? {
        if word(head, 0) == "RIFF" {
            switch word(head, 8) {
            case "WEBP": return .init("image/webp", [.image])
            case "AVI ": return .init("video/x-msvideo", [.video])
            default: return nil
            }
        }
        if word(head, 4) == "ftyp" { return isoMedia(head) }
        if head.starts(with: [0x1a, 0x45, 0xdf, 0xa3]) { return matroska(head) }
        return bitmap(head) ?? transportStream(head)
    }

    /// ISO base media (ISO/IEC 14496-12, section 4.3): the major brand, then the compatible ones.
    private static func isoMedia(_ head: [UInt8]) -> ContentType? {
        let size = min(Int(bigEndian: head[0..<4]), head.count)
        guard size >= 16 else { return nil }
        let brands = [8] + Array(stride(from: 16, to: size - 3, by: 4))
        for brand in brands.compactMap({ word(head, $0) }) {
            switch brand {
            case "avif", "avis": return .init("image/avif", [.image])
            case "heic", "heix", "heim", "heis", "hevc", "hevx": return .init("image/heic", [.image])
            case "qt  ": return .init("video/quicktime", [.video])
            case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "dash", "M4V ", "MSNV", "3gp4",
                "3gp5", "3gp6":
                return .init("video/mp4", [.video])
            default: continue
            }
        }
        let isHEIF = brands.contains { ["mif1", "msf1"].contains(word(head, $0)) }
        return isHEIF ? .init("image/heif", [.image]) : nil
    }

    /// EBML (RFC 8794): the type of document is among the first elements.
    private static func matroska(_ head: [UInt8]) -> ContentType? {
        let start = head.prefix(64)
        if start.contains(sequence: Array("webm".utf8)) { return .init("video/webm", [.video]) }
        return start.contains(sequence: Array("matroska".utf8)) ? .init("video/x-matroska", [.video]) : nil
    }

    /// `BM` also begins words: the rest of the header has to agree.
    private static func bitmap(_ head: [UInt8]) -> ContentType? {
        guard head.starts(with: Array("BM".utf8)), head.count >= 18, head[6..<10].allSatisfy({ $0 == 0 }),
            [12, 40, 52, 56, 64, 108, 124].contains(head[14]), head[15..<18].allSatisfy({ $0 == 0 })
        else { return nil }
        return .init("image/bmp", [.image])
    }

    /// Packets of 188 bytes that begin with 0x47 (ISO/IEC 13818-1, section 2.4.3); of 192 with four bytes before.
    private static func transportStream(_ head: [UInt8]) -> ContentType? {
        let isStream = [(0, 188), (4, 192)].contains { first, length in
            let starts = stride(from: first, to: head.count, by: length)
            return head.count > 2 * length + first && starts.allSatisfy { head[$0] == 0x47 }
        }
        return isStream ? .init("video/mp2t", [.video]) : nil
    }

    private static func word(_ head: [UInt8], _ offset: Int) -> String? {
        guard head.count >= offset + 4 else { return nil }
        return String(decoding: head[offset..<offset + 4], as: UTF8.self)
    }
}

extension Int {
    fileprivate init(bigEndian bytes: ArraySlice<UInt8>) { self = bytes.reduce(0) { $0 << 8 | Int($1) } }
}

extension Collection<UInt8> {
    func contains(sequence: [UInt8]) -> Bool { indices.contains { self[$0...].starts(with: sequence) } }
}
