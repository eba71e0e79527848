import CTurboJPEG
import Imaging

/// JPEG files of kinds that the fixtures' tools do not write.
enum JPEGFactory {
    struct Failure: Error {}

    /// Four coloured quarters as inverted inks, stored as YCCK with Adobe's marker.
    static func ycck(_ quarters: [SIMD3<Int>], width: Int, height: Int) throws -> [UInt8] {
        var inks: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let colour = quarters[(y * 2 / height) * 2 + x * 2 / width]
                inks += [UInt8(colour.x), UInt8(colour.y), UInt8(colour.z), 255]
            }
        }
        return try compress(inks, TJPF_CMYK, width: width, height: height)
    }

    /// - Parameter pixels: four channels for inks, else three.
    static func compress(
        _ pixels: [UInt8], _ format: TJPF = TJPF_RGB, width: Int, height: Int, flags: Int32 = 0
    ) throws -> [UInt8] {
        guard let handle = tjInitCompress() else { throw Failure() }
        defer { tjDestroy(handle) }
        var start: UnsafeMutablePointer<UInt8>?
        var size: UInt = 0
        let status = tjCompress2(
            handle, pixels, Int32(width), 0, Int32(height), Int32(format.rawValue), &start, &size,
            Int32(TJSAMP_444.rawValue), 95, flags)
        defer { tjFree(start) }
        guard status == 0 else { throw Failure() }
        return Array(UnsafeBufferPointer(start: start, count: Int(size)))
    }
}
