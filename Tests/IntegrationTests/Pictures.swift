import Foundation

/// Pictures made by the tests, and photographs.
enum Pictures {
    /// A black BMP of 24 bits a pixel.
    static func black(width: Int, height: Int) -> Data {
        let row = (width * 3 + 3) / 4 * 4
        var bytes = Data("BM".utf8)
        func add(_ value: Int, bytes count: Int) {
            for place in 0..<count { bytes.append(UInt8(value >> (place * 8) & 0xFF)) }
        }
        for value in [54 + row * height, 0, 54, 40, width, height] { add(value, bytes: 4) }
        for value in [1, 24] { add(value, bytes: 2) }
        for value in [0, row * height, 2835, 2835, 0, 0] { add(value, bytes: 4) }
        return bytes + Data(count: row * height)
    }

    /// The head of a JPEG that says it is 65535 × 65535, and nothing more.
    static let hugeJPEG =
        Data(
            [0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 0xFF, 0xFF, 0xFF, 0xFF, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
        + Data([0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 0x3F, 0, 0x00, 0xFF, 0xD9])

    /// The same as a PNG: a right header chunk before an empty stream.
    static let hugePNG: Data = {
        let header = Data([0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 8, 2, 0, 0, 0])
        return Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) + chunk("IHDR", header) + chunk("IDAT", Data())
            + chunk("IEND", Data())
    }()

    private static func chunk(_ name: String, _ content: Data) -> Data {
        let named = Data(name.utf8) + content
        return bigEndian(UInt32(content.count)) + named + bigEndian(checksum(named))
    }

    private static func bigEndian(_ value: UInt32) -> Data { withUnsafeBytes(of: value.bigEndian) { Data($0) } }

    /// CRC-32 as PNG uses it (PNG specification, annex D).
    private static func checksum(_ bytes: Data) -> UInt32 {
        ~bytes.reduce(0xFFFF_FFFF as UInt32) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }

    /// A photograph of a car with its plate's reading.
    static func plate(_ reading: String = "GWT2180") throws -> Data {
        try Data(contentsOf: Places.plates.appending(path: "\(reading).jpg"))
    }
}
