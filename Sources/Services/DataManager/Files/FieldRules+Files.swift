import AIBoxAPI

extension FieldRules {
    static let fileNameLimit = 255

    /// The name in normalisation form C.
    static func checked(fileName: String?) throws(Problem) -> String? {
        guard let name = fileName?.precomposedStringWithCanonicalMapping else { return nil }
        var rules = FieldRules()
        rules.name(name, limit: fileNameLimit)
        try rules.finish()
        return name
    }
}
