/// The size of a picture as its codec's header names it.
struct CodedSize: Hashable {
    var width = 0
    var height = 0
    /// What a single frame may claim beyond that, against the standard.
    var reach = 0

    /// Each side of the larger of two.
    func union(_ other: CodedSize) -> CodedSize {
        CodedSize(
            width: max(width, other.width), height: max(height, other.height), reach: max(reach, other.reach))
    }
}

/// Picture sizes in the headers of HEVC (ITU-T H.265, 7.3.2.2).
enum HEVCHeaders {
    /// - Parameters:
    ///   - configuration: the body of `hvcC` (ISO/IEC 14496-15, 8.3.3.1).
    ///   - data: units behind their lengths of four bytes, as libheif reads them.
    static func sizes(configuration: UnsafeRawBufferPointer, data: [UInt8]) -> [CodedSize] {
        var units: [ArraySlice<UInt8>] = []
        var reader = BoxReader(configuration, at: 22)
        for _ in 0..<(reader.number(1) ?? 0) {
            guard reader.number(1) != nil, let count = reader.number(2) else { break }
            for _ in 0..<count {
                guard let length = reader.number(2), let unit = reader.remaining.slice(at: 0, count: length),
                    reader.skip(length)
                else { break }
                units.append(Array(unit)[...])
            }
        }
        var offset = 0
        while offset + 4 <= data.count {
            let length = data[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= data.count - offset - 4 else { break }
            // Only parameter sets are read on.
            if length > 2, data[offset + 4] >> 1 & 63 == 33 { units.append(data[offset + 4..<offset + 4 + length]) }
            offset += 4 + length
        }
        return units.filter { ($0.first ?? 0) >> 1 & 63 == 33 }.compactMap(size)
    }

    /// Of a sequence parameter set, before its cropping.
    private static func size(_ unit: ArraySlice<UInt8>) -> CodedSize? {
        var bits = BitReader(unescaped(unit.dropFirst(2).prefix(512)))
        guard bits.skip(4), let layers = bits.number(3), bits.skip(1 + 96) else { return nil }
        if layers > 0 {
            guard let flags = bits.number(16) else { return nil }
            for layer in 0..<layers {
                let (profile, level) = (flags >> (15 - 2 * layer) & 1, flags >> (14 - 2 * layer) & 1)
                guard bits.skip(88 * profile + 8 * level) else { return nil }
            }
        }
        guard bits.exponential() != nil, let chroma = bits.exponential(), bits.skip(chroma == 3 ? 1 : 0),
            let width = bits.exponential(), let height = bits.exponential()
        else { return nil }
        return CodedSize(width: width, height: height)
    }

    /// Without the bytes that keep zeros from looking like a start code.
    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var zeros = 0
        return bytes.filter { byte in
            defer { zeros = byte == 0 ? zeros + 1 : 0 }
            return !(zeros >= 2 && byte == 3)
        }
    }
}

/// Picture sizes in the headers of AV1 (AV1 Bitstream & Decoding Process Specification, 5.5.1).
enum AV1Headers {
    /// - Parameters:
    ///   - configuration: the body of `av1C`, units behind its four bytes.
    ///   - data: the picture's units.
    static func sizes(configuration: UnsafeRawBufferPointer, data: [UInt8]) -> [CodedSize] {
        [Array(configuration.dropFirst(4)), data].flatMap { units($0) }
    }

    private static func units(_ data: [UInt8]) -> [CodedSize] {
        var sizes: [CodedSize] = []
        var offset = 0
        while offset < data.count {
            let head = data[offset]
            offset += head & 4 == 0 ? 1 : 2
            var length = max(0, data.count - offset)
            if head & 2 != 0 {
                guard let (value, count) = littleEndianBase128(data.dropFirst(offset)) else { break }
                offset += count
                length = min(value, max(0, data.count - offset))
            }
            if head >> 3 & 15 == 1, length > 0 {
                sizes += size(Array(data[offset..<offset + min(length, 512)])).map { [$0] } ?? []
            }
            offset += length
        }
        return sizes
    }

    private static func littleEndianBase128(_ bytes: ArraySlice<UInt8>) -> (value: Int, count: Int)? {
        var value = 0
        for (index, byte) in bytes.prefix(8).enumerated() {
            value |= Int(byte & 127) << (7 * index)
            if byte < 128 { return (value, index + 1) }
        }
        return nil
    }

    /// Of a sequence header: the largest size that frames may have.
    private static func size(_ unit: [UInt8]) -> CodedSize? {
        var bits = BitReader(unit)
        guard bits.skip(4), let isReduced = bits.number(1) else { return nil }
        guard isReduced == 1 ? bits.skip(5) : skipOperatingPoints(&bits) else { return nil }
        guard let widthBits = bits.number(4), let heightBits = bits.number(4), let width = bits.number(widthBits + 1),
            let height = bits.number(heightBits + 1)
        else { return nil }
        // A reduced header leaves frames no size of their own.
        let reach = isReduced == 1 ? max(width, height) + 1 : 2 << max(widthBits, heightBits)
        return CodedSize(width: width + 1, height: height + 1, reach: reach)
    }

    private static func skipOperatingPoints(_ bits: inout BitReader) -> Bool {
        guard let hasTiming = bits.number(1) else { return false }
        var delayBits = 0
        if hasTiming == 1 {
            guard bits.skip(64), let isEqual = bits.number(1), isEqual == 0 || bits.exponential() != nil,
                let hasModel = bits.number(1)
            else { return false }
            if hasModel == 1 {
                guard let delay = bits.number(5), bits.skip(32 + 5 + 5) else { return false }
                delayBits = delay + 1
            }
        }
        guard let hasDelay = bits.number(1), let points = bits.number(5) else { return false }
        for _ in 0...points {
            guard bits.skip(12), let level = bits.number(5), bits.skip(level > 7 ? 1 : 0) else { return false }
            if delayBits > 0 {
                guard let isPresent = bits.number(1), bits.skip(isPresent * (2 * delayBits + 1)) else { return false }
            }
            if hasDelay == 1 {
                guard let isPresent = bits.number(1), bits.skip(isPresent * 4) else { return false }
            }
        }
        return true
    }
}

/// Reads bits from the highest on.
struct BitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func skip(_ count: Int) -> Bool {
        position += count
        return position <= bytes.count * 8
    }

    /// At most 32 bits.
    mutating func number(_ count: Int) -> Int? {
        guard count <= 32, position + count <= bytes.count * 8 else { return nil }
        var value = 0
        for _ in 0..<count {
            value = value << 1 | Int(bytes[position >> 3] >> (7 - position & 7) & 1)
            position += 1
        }
        return value
    }

    /// An Exp-Golomb code without sign (H.265, 9.2); AV1's `uvlc` is the same.
    mutating func exponential() -> Int? {
        var zeros = 0
        while let bit = number(1) {
            if bit == 1 { return number(zeros).map { (1 << zeros) - 1 + $0 } }
            zeros += 1
            guard zeros <= 32 else { return nil }
        }
        return nil
    }
}
