/// What a HEIF file says of its pictures (ISO/IEC 23008-12), read only to hold it against the limits: coded sizes,
/// which decoders allocate whatever the file's properties say, and the canvas of grids.
struct HEIFItems {
    private struct Item {
        var kind = ""
        /// In file order; of `idat` or of the file.
        var extents: [UnsafeRawBufferPointer] = []
        var properties: [ISOBox] = []
        /// The pictures that a grid is made of.
        var parts: [Int] = []
    }

    private static let mostExtents = 65_536

    private var items: [Int: Item] = [:]
    private let file: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) throws(ImagingError) {
        file = bytes
        for meta in ISOBoxes.list(bytes) where meta.kind == "meta" {
            guard let full = meta.full else { throw Self.contradiction }
            let boxes = ISOBoxes.list(full.rest.remaining)
            let data = boxes.first { $0.kind == "idat" }?.body
            for box in boxes {
                switch box.kind {
                case "iinf": try readKinds(box)
                case "iloc": try readPlaces(box, data)
                case "iprp": try readProperties(ISOBoxes.list(box.body))
                case "iref": try readParts(box)
                default: break
                }
            }
        }
        // Bytes that are used over and over would make a small file a long work.
        let extents = items.values.flatMap(\.extents)
        guard extents.reduce(0, { $0 + $1.count }) <= 2 * bytes.count else { throw Self.contradiction }
    }

    /// - Parameter block: what coded sides may be larger by.
    /// - Returns: the longest side that any single frame could claim.
    @discardableResult
    func check(_ limits: DecodeLimits, block: Int) throws(ImagingError) -> Int {
        var reach = 0
        for item in items.values {
            switch item.kind {
            case "hvc1", "hev1", "av01":
                let size = try codedSize(item)
                try limits.check(width: size.width, height: size.height, rounding: block)
                reach = max(reach, size.reach)
            case "grid": try checkGrid(item, limits)
            case "iovl", "iden":
                throw HEIFFile.failure("pictures made of overlays are not supported", .unsupportedFormat)
            default: break
            }
        }
        return reach
    }

    private func checkGrid(_ item: Item, _ limits: DecodeLimits) throws(ImagingError) {
        let data = Self.joined(item.extents)
        func number(_ offset: Int, _ count: Int) -> Int {
            data[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
        }
        guard data.count >= 8, data[0] == 0 else { throw Self.contradiction }
        let side = data[1] & 1 == 1 ? 4 : 2
        guard data.count >= 4 + 2 * side else { throw Self.contradiction }
        let (rows, columns) = (number(2, 1) + 1, number(3, 1) + 1)
        let (width, height) = (number(4, side), number(4 + side, side))
        guard item.parts.count == rows * columns else { throw Self.contradiction }
        try limits.check(width: width, height: height)
        var tile = CodedSize()
        for id in Set(item.parts) {
            guard let part = items[id], ["hvc1", "hev1", "av01"].contains(part.kind) else {
                throw Self.contradiction
            }
            tile = tile.union(try codedSize(part))
        }
        // Every tile shows something, so that the work is bounded by the canvas.
        guard tile.width * (columns - 1) < width + tile.width, tile.height * (rows - 1) < height + tile.height,
            tile.width < width + 64, tile.height < height + 64
        else { throw Self.contradiction }
    }

    /// The largest size that the codec's headers name.
    private func codedSize(_ item: Item) throws(ImagingError) -> CodedSize {
        let data = Self.joined(item.extents)
        var size = CodedSize()
        for property in item.properties {
            let sizes: [CodedSize]
            switch property.kind {
            case "hvcC": sizes = HEVCHeaders.sizes(configuration: property.body, data: data)
            case "av1C": sizes = AV1Headers.sizes(configuration: property.body, data: data)
            default: continue
            }
            size = sizes.reduce(size) { $0.union($1) }
        }
        guard size.width > 0, size.height > 0 else { throw Self.contradiction }
        return size
    }

    private static func joined(_ extents: [UnsafeRawBufferPointer]) -> [UInt8] {
        extents.count == 1 ? Array(extents[0]) : extents.flatMap { Array($0) }
    }

    private static var contradiction: ImagingError {
        HEIFFile.failure("its descriptions contradict each other", .corrupt)
    }
}

extension HEIFItems {
    private mutating func readKinds(_ box: ISOBox) throws(ImagingError) {
        guard let (version, _, rest) = box.full else { throw Self.contradiction }
        let entries = ISOBoxes.list(BoxReader(box.body, at: rest.offset + (version == 0 ? 2 : 4)).remaining)
        for entry in entries where entry.kind == "infe" {
            guard case (let version, _, var reader)? = entry.full else { throw Self.contradiction }
            guard version >= 2 else { continue }
            guard let id = reader.number(version == 2 ? 2 : 4), reader.number(2) != nil,
                let kind = reader.remaining.slice(at: 0, count: 4)
            else { throw Self.contradiction }
            items[id, default: Item()].kind = String(decoding: kind, as: UTF8.self)
        }
    }

    private mutating func readPlaces(_ box: ISOBox, _ data: UnsafeRawBufferPointer?) throws(ImagingError) {
        guard case (let version, _, var reader)? = box.full, let sizes = reader.number(2),
            let count = reader.number(version < 2 ? 2 : 4)
        else { throw Self.contradiction }
        let offsetSize = sizes >> 12
        let lengthSize = sizes >> 8 & 15
        let baseSize = sizes >> 4 & 15
        let indexSize = version == 0 ? 0 : sizes & 15
        var total = 0
        for _ in 0..<count {
            guard let id = reader.number(version < 2 ? 2 : 4), let method = reader.number(version == 0 ? 0 : 2),
                reader.number(2) != nil, let base = reader.number(baseSize), let extents = reader.number(2)
            else { throw Self.contradiction }
            total += extents
            guard total <= Self.mostExtents else { throw Self.contradiction }
            let source = method & 15 == 1 ? data : file
            for _ in 0..<extents {
                guard reader.number(indexSize) != nil, let offset = reader.number(offsetSize),
                    let length = reader.number(lengthSize), offset <= .max - base
                else { throw Self.contradiction }
                // Other ways than file and idat are not followed by libheif either.
                guard method & 15 <= 1 else { throw Self.contradiction }
                guard let part = source?.slice(at: base + offset, count: length) else { throw HEIFFile.truncated }
                items[id, default: Item()].extents.append(part)
            }
        }
    }

    private mutating func readProperties(_ boxes: [ISOBox]) throws(ImagingError) {
        let properties = boxes.first { $0.kind == "ipco" }.map { ISOBoxes.list($0.body) } ?? []
        for box in boxes where box.kind == "ipma" {
            guard case (let version, let flags, var reader)? = box.full, let count = reader.number(4) else {
                throw Self.contradiction
            }
            for _ in 0..<count {
                guard let id = reader.number(version == 0 ? 2 : 4), let links = reader.number(1) else {
                    throw Self.contradiction
                }
                for _ in 0..<links {
                    guard let link = reader.number(1 + flags & 1) else { throw Self.contradiction }
                    let index = link & (flags & 1 == 1 ? 0x7FFF : 0x7F)
                    guard index > 0 else { continue }
                    guard index <= properties.count else { throw Self.contradiction }
                    items[id, default: Item()].properties.append(properties[index - 1])
                }
            }
        }
    }

    private mutating func readParts(_ box: ISOBox) throws(ImagingError) {
        guard let (version, _, rest) = box.full else { throw Self.contradiction }
        let idSize = version == 0 ? 2 : 4
        for reference in ISOBoxes.list(rest.remaining) where reference.kind == "dimg" {
            var reader = BoxReader(reference.body)
            guard let id = reader.number(idSize), let count = reader.number(2) else { throw Self.contradiction }
            for _ in 0..<count {
                guard let part = reader.number(idSize) else { throw Self.contradiction }
                items[id, default: Item()].parts.append(part)
            }
        }
    }
}
