import AIBoxAPI
import Foundation
import Storage

/// What is known of a person in words, as the bytes of one slot: the folded name, the name, the caller's key and the
/// metadata as JSON, each ended by a NUL, which none of them contains; then zeros.
struct PersonText {
    private static let step = 128

    let name: String
    let externalID: String?
    let metadata: [String: JSONValue]

    init(name: String, externalID: String?, metadata: [String: JSONValue]) {
        self.name = name.precomposedStringWithCanonicalMapping
        self.externalID = externalID
        self.metadata = metadata
    }

    init(_ person: Person) { self.init(name: person.name, externalID: person.externalID, metadata: person.metadata) }

    func bytes() throws(Problem) -> Data {
        let json = try JSONColumn.text(metadata, field: "metadata")
        let text = [Self.folded(name), name, externalID ?? "", json].map { $0 + "\u{0}" }.joined()
        return SealedBytes.padded(Data(text.utf8), to: Self.step)
    }

    init(bytes: Data) throws {
        let parts = bytes.split(separator: 0, maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5 else {
            throw StorageError(.damaged, "the text of a person is cut off")
        }
        let text = parts.map { String(decoding: $0, as: UTF8.self) }
        (name, externalID) = (text[1], text[2].isEmpty ? nil : text[2])
        metadata = try JSONColumn.value(text[3])
    }

    /// The name alone, without reading the rest; `nil`: the person has been deleted meanwhile.
    static func name(in sealed: Data, of person: UUIDv7, _ cipher: GalleryCipher) throws -> String? {
        guard let bytes = try cipher.open(sealed, .text, of: person, row: person.bytes) else { return nil }
        let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? String(decoding: parts[1], as: UTF8.self) : nil
    }

    /// Lower case, and letters of ASCII without their marks: `Nguyễn` is found as `nguyen`. `đ`, which Unicode does not
    /// take apart, counts as a `d` with a mark.
    static func folded(_ name: String) -> String {
        var result = String.UnicodeScalarView()
        var isMarkDropped = false
        for scalar in name.decomposedStringWithCanonicalMapping.unicodeScalars {
            if scalar.properties.generalCategory == .nonspacingMark {
                if !isMarkDropped { result.append(scalar) }
                continue
            }
            isMarkDropped = scalar.isASCII
            result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars.map { $0 == "đ" ? "d" : $0 })
        }
        return String(result)
    }

    /// FNV-1a, 64 bits (draft-eastlake-fnv): finds the rows whose key may be this one; they are then compared.
    static func hash(_ externalID: String) -> Int64 {
        Int64(
            bitPattern: externalID.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
    }
}
