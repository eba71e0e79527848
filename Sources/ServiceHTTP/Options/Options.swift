import AIBoxAPI
import NIOCore

/// The options of one request, wherever they came from: query, parts of a form, members of a JSON object.
///
/// Nothing is guessed and nothing ignored: an unknown name, a value of the wrong form and the same name with two
/// values are each reported, all together, by `check()`.
public struct Options: Sendable {
    /// Bytes of one value; longer ones are refused before anything is made of them.
    static let maximumValue = 4096
    /// The same for a JSON object, before it is read.
    static let maximumObject = 64 << 10
    /// Characters of a name that the caller makes up.
    static let maximumName = 128

    let known: [String]
    private let objects: Set<String>
    private let family: String?
    private(set) var values: [String: String] = [:]
    private(set) var givenObjects: [String: [String: JSONValue]] = [:]
    private(set) var errors: [Problem.FieldError] = []

    /// - Parameters:
    ///   - known: the names that this route takes.
    ///   - objects: those of them that are JSON objects.
    ///   - family: how further names begin, whose rest the caller chooses, such as `metadata.`.
    public init(known: [String], objects: Set<String> = [], family: String? = nil) {
        self.known = known
        self.objects = objects
        self.family = family
    }

    public mutating func insert(_ name: String, _ value: String) {
        guard isKnown(name) else { return reportUnknown(name) }
        guard value.utf8.count <= limit(of: name) else { return reportTooLong(name) }
        if isObject(name) { return insert(name, objectIn: value) }
        guard let previous = values.updateValue(value, forKey: name), previous != value else { return }
        reportTwice(name)
    }

    mutating func insert(_ name: String, _ members: [String: JSONValue]) {
        guard let previous = givenObjects.updateValue(members, forKey: name), previous != members else { return }
        reportTwice(name)
    }

    private mutating func insert(_ name: String, objectIn json: String) {
        guard let members = try? JSONBytes.decode([String: JSONValue].self, from: ByteBuffer(string: json)) else {
            return reportNoObject(name)
        }
        insert(name, members)
    }

    func isKnown(_ name: String) -> Bool { known.contains(name) || isOfFamily(name) }

    func isObject(_ name: String) -> Bool { objects.contains(name) }

    func limit(of name: String) -> Int { isObject(name) ? Self.maximumObject : Self.maximumValue }

    private func isOfFamily(_ name: String) -> Bool {
        guard let family, name.hasPrefix(family), name != family else { return false }
        return name.unicodeScalars.count <= Self.maximumName
    }

    /// The names of the family that were given.
    public var familyNames: [String] { values.keys.filter(isOfFamily).sorted() }

    public mutating func report(_ field: String, _ message: String) {
        guard !errors.contains(where: { $0.field == field }) else { return }
        errors.append(Problem.FieldError(field: field, message: message))
    }

    /// - Throws: `Problem` 422 with every error found so far.
    public func check() throws(Problem) {
        guard errors.isEmpty else { throw .invalid(errors) }
    }

    mutating func reportTooLong(_ name: String) {
        report(name, "is too long; it may have \(limit(of: name)) bytes")
    }

    mutating func reportNoObject(_ name: String) {
        report(name, "must be a JSON object of Unicode texts and numbers in range")
    }

    private mutating func reportTwice(_ name: String) { report(name, "is given twice with different values") }

    mutating func reportUnknown(_ name: String) {
        let shown = name.count <= 64 ? name : "\(name.prefix(64))…"
        guard let nearest = nearest(to: name) else {
            return report(shown, "is not an option here; known: \(known.joined(separator: ", "))")
        }
        report(shown, "is not an option here; did you mean \(nearest)?")
    }

    private func nearest(to name: String) -> String? {
        guard name.utf8.count <= 64 else { return nil }
        let candidates = known.map { ($0, EditDistance.between(name.lowercased(), $0)) }
        guard let best = candidates.min(by: { $0.1 < $1.1 }), best.1 <= max(2, name.count / 2) else { return nil }
        return best.0
    }
}

/// Levenshtein's distance, one row at a time (Wagner and Fischer 1974).
enum EditDistance {
    static func between(_ left: String, _ right: String) -> Int {
        let right = Array(right.unicodeScalars)
        var row = Array(0...right.count)
        for (index, scalar) in left.unicodeScalars.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let substituted = diagonal + (right[column] == scalar ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
