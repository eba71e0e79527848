/// The name of a collection: lower-case letters, digits and `_`, a letter first, at most 48 characters.
public struct DocumentCollection: Sendable, Hashable, CustomStringConvertible {
    public let name: String

    /// - Throws: `StorageError` `.invalid`.
    public init(_ name: String) throws(StorageError) {
        guard name.utf8.count <= 48, name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil else {
            throw StorageError(
                .invalid,
                "a collection's name is a-z, 0-9 and _, at most 48, with a letter first: \(name.debugDescription)")
        }
        self.name = name
    }

    public var description: String { name }
}

/// Where a value lies in a document: names of members, from the outside in, written with dots (`camera.position`).
///
/// A name is letters and digits of ASCII, `_` and `-`, at most 64, and begins with a letter or `_`: none can be taken for
/// the index of an array or for syntax of a database. Members with other names can be stored, not searched.
public struct DocumentPath: Sendable, Hashable, CustomStringConvertible {
    public let names: [String]

    /// - Throws: `StorageError` `.invalid`.
    public init(_ text: String) throws(StorageError) {
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard names.count <= DocumentLimits.pathNames, names.allSatisfy(Self.isName) else {
            throw StorageError(
                .invalid,
                "a path is at most \(DocumentLimits.pathNames) names with dots between them; a name is A-Z, a-z, 0-9, _ "
                    + "and -, at most 64, with a letter or _ first: \(String(text.prefix(80)).debugDescription)")
        }
        self.names = names
    }

    public var description: String { names.joined(separator: ".") }

    private static func isName(_ name: String) -> Bool {
        name.utf8.count <= 64 && name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_\-]*/) != nil
    }
}
