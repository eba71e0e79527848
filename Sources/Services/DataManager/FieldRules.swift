import AIBoxAPI

/// What a field may hold. The gateway checks it too, and says so to clients; the data manager does not rely on that:
/// SQLite would cut a text at its first NUL, and keep broken numbers for ever.
struct FieldRules {
    static let detectionLimit = 10_000
    private(set) var errors: [Problem.FieldError] = []

    static func check(_ record: InferenceRecord) throws(Problem) {
        var rules = FieldRules()
        rules.text("request_id", record.requestID, limit: 200)
        rules.text("task", record.task, limit: 100)
        rules.text("camera_id", record.cameraID, limit: 128)
        rules.text("device_id", record.deviceID, limit: 128)
        if let metadata = record.metadata { rules.metadata(metadata, .inference) }
        rules.require(record.detections.count <= detectionLimit, "detections", "must be at most \(detectionLimit)")
        for (index, item) in record.detections.prefix(detectionLimit).enumerated() {
            rules.check(item, "detections[\(index)]")
        }
        try rules.finish()
    }

    static func check(_ query: DetectionQuery) throws(Problem) {
        var rules = FieldRules()
        rules.text("label", query.label, limit: 200)
        rules.text("camera_id", query.cameraID, limit: 128)
        rules.text("device_id", query.deviceID, limit: 128)
        rules.text("plate", query.plate, limit: PlateWildcards.lengthLimit)
        let limit = MetadataFilter.conditionLimit
        rules.require(query.metadata.count <= limit, "metadata", "may be compared at \(limit) paths at most")
        for (path, value) in query.metadata {
            rules.text("metadata.\(path.prefix(64))", value, limit: MetadataFilter.valueLimit)
        }
        rules.require(!query.isFuzzy || query.plate != nil, "fuzzy", "needs a plate")
        rules.require((1...500).contains(query.limit), "limit", "must be 1 to 500")
        rules.require(query.minimumConfidence?.isFinite ?? true, "min_confidence", "must be a number")
        try rules.finish()
    }

    static func check(_ user: User) throws(Problem) {
        var rules = FieldRules()
        rules.text("username", user.username, limit: 200)
        rules.require(!user.username.isEmpty, "username", "must not be empty")
        rules.text("email", user.email, limit: 320)
        rules.text("full_name", user.fullName, limit: 200)
        try rules.finish()
    }

    /// Whether a text has characters that no stored name can have.
    static func hasControlCharacters(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private mutating func check(_ item: DetectionRecord, _ name: String) {
        let box = item.boundingBox
        text("\(name).label", item.label, limit: 200)
        text("\(name).plate_number", item.plateNumber, limit: 200)
        require(item.confidence.isFinite, "\(name).confidence", "must be a number")
        let isFinite = [box.x, box.y, box.width, box.height].allSatisfy(\.isFinite)
        require(isFinite, "\(name).bounding_box", "must be numbers")
        let isPersonFinite = item.details.person.map { $0.similarity.isFinite && $0.cosine.isFinite } ?? true
        require(isPersonFinite, "\(name).person", "must have numbers")
    }

    mutating func text(_ field: String, _ value: String?, limit: Int) {
        guard let value else { return }
        require(value.unicodeScalars.count <= limit, field, "must have at most \(limit) characters")
        require(!Self.hasControlCharacters(value), field, "must not contain control characters")
    }

    mutating func require(_ condition: Bool, _ field: String, _ message: String) {
        if !condition { errors.append(Problem.FieldError(field: field, message: message)) }
    }

    func finish() throws(Problem) {
        if !errors.isEmpty { throw .invalid(errors) }
    }
}
