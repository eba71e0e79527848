import Foundation
import NIOCore

extension ByteBuffer {
    /// The first place of `needle` at or behind `offset`, counted from the reader index, looking at no more than `limit`
    /// bytes.
    func firstPlace(of needle: [UInt8], from offset: Int = 0, within limit: Int = .max) -> Int? {
        withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            let end = offset + min(limit, bytes.count - offset)
            var place = offset
            while place + needle.count <= end,
                let hit = memchr(base + place, Int32(needle[0]), end - needle.count + 1 - place)
            {
                place = UnsafeRawPointer(hit) - base
                if memcmp(hit, needle, needle.count) == 0 { return place }
                place += 1
            }
            return nil
        }
    }
}
