import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import Vision

/// What the gallery and the known plates may hold.
extension FieldRules {
    static let nameLimit = 255
    static let cropByteLimit = 1 << 20
    static let identifierLimit = 10_000

    static func check(_ person: Person) throws(Problem) {
        var rules = FieldRules()
        rules.name(person.name)
        rules.externalID(person.externalID)
        rules.metadata(person.metadata)
        try rules.finish()
    }

    static func check(_ change: PersonChange) throws(Problem) {
        var rules = FieldRules()
        if let name = change.name { rules.name(name) }
        rules.externalID(change.externalID ?? nil)
        if let metadata = change.metadata { rules.metadata(metadata) }
        try rules.finish()
    }

    static func check(_ query: PersonQuery) throws(Problem) {
        var rules = FieldRules()
        rules.text("name", query.name?.precomposedStringWithCanonicalMapping, limit: nameLimit)
        rules.text("external_id", query.externalID, limit: nameLimit)
        rules.require((1...500).contains(query.limit), "limit", "must be 1 to 500")
        try rules.finish()
    }

    static func check(_ face: EnrolledFace, _ crop: ByteBuffer?) throws(Problem) {
        var rules = FieldRules()
        rules.require((0...1).contains(face.quality), "quality", "must be 0 to 1")
        let cropBytes = crop?.readableBytes ?? 1
        rules.require((1...cropByteLimit).contains(cropBytes), "crop", "must have 1 to \(cropByteLimit) bytes")
        try rules.finish()
    }

    static func check(_ template: FaceTemplate) throws(Problem) {
        var rules = FieldRules()
        rules.text("template.model", template.model, limit: 200)
        rules.require(!template.model.isEmpty, "template.model", "must not be empty")
        rules.text("template.model_sha256", template.modelSHA256, limit: 64)
        rules.require(!template.modelSHA256.isEmpty, "template.model_sha256", "must not be empty")
        let count = (1...FloatBytes.limit).contains(template.vector.count)
        rules.require(count, "template.vector", "must have 1 to \(FloatBytes.limit) components")
        // Not finite, when a component is not.
        let square = template.vector.reduce(0) { $0 + Double($1) * Double($1) }
        rules.require(abs(square - 1) < 0.02, "template.vector", "must be a unit vector")
        try rules.finish()
    }

    static func check(_ plate: KnownPlate) throws(Problem) {
        var rules = FieldRules()
        rules.plate(plate.plateNumber, plate.label, plate.notes)
        try rules.finish()
    }

    static func check(_ change: KnownPlateChange) throws(Problem) {
        var rules = FieldRules()
        rules.plate(change.plateNumber, change.label, change.notes ?? nil)
        try rules.finish()
    }

    static func check(limit: Int, in range: ClosedRange<Int>) throws(Problem) {
        guard range.contains(limit) else {
            throw .invalid("limit", "must be \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// For lists of identifiers and of readings.
    static func check(count: Int, of field: String) throws(Problem) {
        guard count <= identifierLimit else { throw .invalid(field, "must be at most \(identifierLimit)") }
    }

    mutating func name(_ name: String, field: String = "name", limit: Int = nameLimit) {
        let name = name.precomposedStringWithCanonicalMapping
        let isBlank: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
        require(!name.isEmpty, field, "must not be empty")
        text(field, name, limit: limit)
        // With these a name looks like another one, and like what stands beside it.
        let isTurned = name.unicodeScalars.contains { $0.properties.isBidiControl }
        require(!isTurned, field, "must not contain control characters of the writing direction")
        let ends = [name.unicodeScalars.first, name.unicodeScalars.last].compactMap { $0 }
        require(!ends.contains(where: isBlank), field, "must not begin or end with a blank")
    }

    private mutating func externalID(_ key: String?) {
        text("external_id", key, limit: Self.nameLimit)
        require(key?.isEmpty != true, "external_id", "must not be empty")
    }

    /// An object that callers fill as they like.
    mutating func metadata(
        _ metadata: [String: JSONValue], field: String = "metadata", _ rules: MetadataRules = .general
    ) {
        for fault in rules.faults(in: metadata) { require(false, field, fault) }
    }

    private static func hasForbiddenControls(_ text: String) -> Bool {
        text.unicodeScalars.contains {
            $0.properties.generalCategory == .control && !"\t\n\r".unicodeScalars.contains($0)
        }
    }

    private mutating func plate(_ number: String?, _ label: String?, _ notes: String?) {
        text("plate_number", number, limit: 64)
        text("label", label, limit: 200)
        require(notes?.unicodeScalars.count ?? 0 <= 2000, "notes", "must have at most 2000 characters")
        let isPlain = !Self.hasForbiddenControls(notes ?? "")
        require(isPlain, "notes", "must not contain control characters but tabs and line breaks")
        if let number {
            require(!PlateText.normalized(number).isEmpty, "plate_number", "must have letters A–Z or digits")
        }
    }
}
