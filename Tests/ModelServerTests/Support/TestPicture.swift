import Imaging
import TestSupport
import Vision

/// Pictures that a test makes of others.
extension PixelBuffer {
    /// The pixels of a development picture, upright.
    static func of(_ picture: String) throws -> PixelBuffer {
        let bytes = try TestPlaces.bytes(picture)
        return try bytes.withUnsafeBytes { bytes throws in try PictureDecoder().decode(bytes) }.pixels
    }

    static func flat(width: Int, height: Int, level: UInt8) -> PixelBuffer {
        PixelBuffer(width: width, height: height) { $0.initialize(repeating: level) }
    }

    func cropped(x: Int, y: Int, width: Int, height: Int) -> PixelBuffer {
        Picture(self).cropped(to: Rectangle(x: Float(x), y: Float(y), width: Float(width), height: Float(height)))
    }

    /// The largest part from the top left whose sides are divisible by 16: JPEG turns it without loss.
    var inWholeBlocks: PixelBuffer { cropped(x: 0, y: 0, width: width / 16 * 16, height: height / 16 * 16) }

    /// Every sample changed alike.
    func samples(_ change: (UInt8) -> UInt8) -> PixelBuffer {
        withPixels { source in
            PixelBuffer(width: width, height: height) { target in
                for index in source.indices { target[index] = change(source[index]) }
            }
        }
    }

    /// Luma of ITU-R BT.601 in one byte a pixel.
    var grey: [UInt8] {
        withPixels { pixels in
            (0..<width * height).map { pixel in
                let luma = stride(from: 0, to: 3, by: 1).reduce(0) { sum, channel in
                    sum + [299, 587, 114][channel] * Int(pixels[pixel * 3 + channel])
                }
                return UInt8((luma + 500) / 1000)
            }
        }
    }

    /// Means of squares of `factor` pixels.
    func shrunk(by factor: Int) -> PixelBuffer {
        let (width, height) = (max(1, width / factor), max(1, height / factor))
        return withPixels { source in
            PixelBuffer(width: width, height: height) { target in
                for index in 0..<width * height * 3 {
                    let (pixel, channel) = (index / 3, index % 3)
                    var sum = 0
                    for row in 0..<factor {
                        let start = (pixel / width * factor + row) * rowBytes + pixel % width * factor * 3 + channel
                        for column in 0..<factor { sum += Int(source[start + column * 3]) }
                    }
                    target[index] = UInt8(sum / (factor * factor))
                }
            }
        }
    }

    /// Enlarged, bilinear.
    func enlarged(width: Int, height: Int) -> PixelBuffer {
        let (across, down) = (Double(self.width) / Double(width), Double(self.height) / Double(height))
        let origin = Homography(
            row0: [across, 0, (across - 1) / 2], row1: [0, down, (down - 1) / 2], row2: [0, 0, 1])
        return Picture(self).warped(origin, width: width, height: height)
    }

    /// As through a lens that is out of focus.
    func blurred(by factor: Int) -> PixelBuffer { shrunk(by: factor).enlarged(width: width, height: height) }

    /// This picture on a grey ground, with others beside it.
    func pasted(onto width: Int, _ height: Int, with others: PixelBuffer...) -> PixelBuffer {
        let pictures = [self] + others
        return PixelBuffer(width: width, height: height) { target in
            target.initialize(repeating: 128)
            var left = max(0, (width - pictures.reduce(0) { $0 + $1.width }) / 2)
            for picture in pictures {
                let top = max(0, (height - picture.height) / 2)
                picture.withPixels { source in
                    for row in 0..<min(picture.height, height) {
                        for byte in 0..<min(picture.width, width - left) * 3 {
                            target[((top + row) * width + left) * 3 + byte] = source[row * picture.rowBytes + byte]
                        }
                    }
                }
                left += picture.width
            }
        }
    }
}
