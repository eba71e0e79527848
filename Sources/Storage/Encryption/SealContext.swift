/// What a sealed value belongs to. It is authenticated with the value and not stored: a ciphertext that was moved to
/// another row, column or address does not open.
public struct SealContext: Sendable, Hashable {
    /// Each part behind its length, so that no two contexts have the same bytes.
    let bytes: [UInt8]

    /// A value in a column of a row.
    public static func row(table: String, column: String, id: some Collection<UInt8>) -> SealContext {
        SealContext([Array("row".utf8), Array(table.utf8), Array(column.utf8), Array(id)])
    }

    /// A blob at its address.
    public static func blob(_ address: String) -> SealContext {
        SealContext([Array("blob".utf8), Array(address.utf8)])
    }

    /// Anything else that is sealed: what it is, and which of them.
    public static func item(_ kind: String, _ id: some Collection<UInt8>) -> SealContext {
        SealContext([Array("item".utf8), Array(kind.utf8), Array(id)])
    }

    private init(_ parts: [[UInt8]]) {
        bytes = parts.flatMap { UInt32($0.count).bigEndianBytes + $0 }
    }
}
