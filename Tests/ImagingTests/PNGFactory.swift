/// PNG files of any colour type and depth, written without compression or filters (W3C PNG, third edition).
enum PNGFactory {
    enum Colour: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgba = 6
    }

    /// - Parameters:
    ///   - rows: packed samples of each row.
    ///   - chunks: between the header and the pixels, each a kind and a body.
    static func file(
        width: Int, height: Int, _ colour: Colour, depth: UInt8, rows: [[UInt8]],
        chunks: [(String, [UInt8])] = []
    ) -> [UInt8] {
        let header = big(width) + big(height) + [depth, colour.rawValue, 0, 0, 0]
        let data = rows.flatMap { row -> [UInt8] in [0] + row }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
            + chunks.flatMap { chunk($0.0, $0.1) } + chunk("IDAT", stored(data)) + chunk("IEND", [])
    }

    private static func chunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
        let content = Array(kind.utf8) + body
        return big(body.count) + content + big(checksum(content))
    }

    /// A zlib stream of one stored block (RFC 1950, RFC 1951).
    private static func stored(_ data: [UInt8]) -> [UInt8] {
        let (low, high) = (UInt8(data.count & 0xFF), UInt8(data.count >> 8))
        var (a, b) = (1, 0)
        for byte in data {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return [0x78, 0x01, 1, low, high, ~low, ~high] + data + big(b << 16 | a)
    }

    private static func checksum(_ bytes: [UInt8]) -> Int {
        var register: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return Int(~register)
    }

    private static func big(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) } }
}
