import Imaging

/// JPEG files that a test makes of other ones.
enum TestJPEG {
    /// A file that displays these pixels and stores them turned, as cameras do.
    /// - Parameter orientation: the EXIF value, 1–8.
    static func stored(_ pixels: PixelBuffer, orientation: Int) throws -> [UInt8] {
        let bytes = try turned(pixels, orientation: orientation).jpeg(quality: 100)
        return inserted(exif(orientation), into: bytes)
    }

    /// The file with other sides in its frame header and nothing else changed.
    static func claiming(width: Int, height: Int, in bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        var position = 2
        while position + 9 < bytes.count {
            let marker = bytes[position + 1]
            if marker == 0xC0 || marker == 0xC2 {
                bytes.replaceSubrange(position + 5..<position + 9, with: bigEndian(height) + bigEndian(width))
                return bytes
            }
            position += 2 + Int(bytes[position + 2]) << 8 + Int(bytes[position + 3])
        }
        return bytes
    }

    /// The stored pixel of row and column is the displayed one at the place that EXIF states for "0th row, 0th column".
    static func turned(_ pixels: PixelBuffer, orientation: Int) -> PixelBuffer {
        let (right, bottom) = (pixels.width - 1, pixels.height - 1)
        let isOnItsSide = orientation > 4
        func displayed(_ row: Int, _ column: Int) -> (x: Int, y: Int) {
            switch orientation {
            case 2: (right - column, row)
            case 3: (right - column, bottom - row)
            case 4: (column, bottom - row)
            case 5: (row, column)
            case 6: (right - row, column)
            case 7: (right - row, bottom - column)
            case 8: (row, bottom - column)
            default: (column, row)
            }
        }
        let width = isOnItsSide ? pixels.height : pixels.width
        let height = isOnItsSide ? pixels.width : pixels.height
        return pixels.withPixels { source in
            PixelBuffer(width: width, height: height) { target in
                for row in 0..<height {
                    for column in 0..<width {
                        let (x, y) = displayed(row, column)
                        for channel in 0..<3 {
                            target[(row * width + column) * 3 + channel] =
                                source[(y * pixels.width + x) * 3 + channel]
                        }
                    }
                }
            }
        }
    }

    /// A TIFF structure with nothing but the orientation (tag 0x0112, one SHORT, little endian).
    static func tiff(_ orientation: Int) -> [UInt8] {
        Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, UInt8(orientation), 0, 0, 0]
            + [0, 0, 0, 0]
    }

    private static func exif(_ orientation: Int) -> [UInt8] {
        let content = Array("Exif\0\0".utf8) + tiff(orientation)
        return [0xFF, 0xE1] + bigEndian(content.count + 2) + content
    }

    /// Behind the start marker.
    private static func inserted(_ segment: [UInt8], into bytes: [UInt8]) -> [UInt8] {
        Array(bytes[..<2]) + segment + bytes[2...]
    }

    private static func bigEndian(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)] }
}
