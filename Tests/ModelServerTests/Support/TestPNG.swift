import Imaging

/// PNG files of the kinds that cameras and browsers write, without compression (W3C PNG, third edition).
enum TestPNG {
    enum Form: String, CaseIterable {
        case rgb, rgb16, rgbaTransparent, rgbaOpaque, grey, grey16, greyAlpha

        var isGrey: Bool { [.grey, .grey16, .greyAlpha].contains(self) }

        fileprivate var colour: UInt8 {
            switch self {
            case .grey, .grey16: 0
            case .greyAlpha: 4
            case .rgb, .rgb16: 2
            case .rgbaTransparent, .rgbaOpaque: 6
            }
        }

        fileprivate var depth: UInt8 { self == .rgb16 || self == .grey16 ? 16 : 8 }
    }

    /// - Parameter orientation: for an `eXIf` chunk; the pixels are turned so that the file displays them as they are.
    static func file(_ pixels: PixelBuffer, _ form: Form = .rgb, orientation: Int? = nil) -> [UInt8] {
        let stored = orientation.map { TestJPEG.turned(pixels, orientation: $0) } ?? pixels
        let header = big(stored.width) + big(stored.height) + [form.depth, form.colour, 0, 0, 0]
        let exif = orientation.map { chunk("eXIf", TestJPEG.tiff($0)) } ?? []
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + exif
            + chunk("IDAT", zlib(rows(stored, form))) + chunk("IEND", [])
    }

    private static func rows(_ pixels: PixelBuffer, _ form: Form) -> [UInt8] {
        let samples = form.isGrey ? pixels.grey : pixels.withPixels { Array($0) }
        let channels = form.isGrey ? 1 : 3
        var data: [UInt8] = []
        data.reserveCapacity(samples.count * 2 + pixels.height)
        for row in 0..<pixels.height {
            data.append(0)
            for column in 0..<pixels.width {
                let start = (row * pixels.width + column) * channels
                for sample in samples[start..<start + channels] {
                    data.append(sample)
                    if form.depth == 16 { data.append(sample) }
                }
                if form == .rgbaTransparent || form == .greyAlpha { data.append(0) }
                if form == .rgbaOpaque { data.append(255) }
            }
        }
        return data
    }

    private static func chunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
        let content = Array(kind.utf8) + body
        return big(body.count) + content + big(checksum(content))
    }

    /// A stream of stored blocks (RFC 1950, RFC 1951).
    private static func zlib(_ data: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var start = 0
        while start < data.count {
            let count = min(65_535, data.count - start)
            let (low, high) = (UInt8(count & 0xFF), UInt8(count >> 8))
            stream += [start + count == data.count ? 1 : 0, low, high, ~low, ~high] + data[start..<start + count]
            start += count
        }
        var (a, b) = (1, 0)
        for byte in data {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return stream + big(b << 16 | a)
    }

    private static let table: [UInt32] = (0..<256).map { value in
        (0..<8).reduce(UInt32(value)) { register, _ in
            register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0)
        }
    }

    private static func checksum(_ bytes: [UInt8]) -> Int {
        var register: UInt32 = 0xFFFF_FFFF
        for byte in bytes { register = register >> 8 ^ table[Int(UInt8(truncatingIfNeeded: register) ^ byte)] }
        return Int(~register)
    }

    private static func big(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) } }
}
