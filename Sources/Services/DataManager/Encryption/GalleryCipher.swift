import AIBoxAPI
import Foundation
import Storage

/// Seals what tells of persons, each under the key of that person; without keys all stays plain. `plates` seals plates.
///
/// Its calls block: a new person's key costs an fsync. They belong on a thread of the database.
struct GalleryCipher: Sendable {
    /// What is sealed. With the identifier of its row it is authenticated: it opens nowhere else.
    enum Column: String {
        case text, crop, vector
    }

    /// `nil`: no key is configured.
    let keys: SubjectKeys?
    let plates: PlateCipher?
    private let externalIDs: KeyedIndex?

    init(_ keys: SubjectKeys?) {
        (self.keys, plates) = (keys, keys.map(PlateCipher.init))
        externalIDs = keys.map { KeyedIndex($0.indexKey, purpose: "person.external_id") }
    }

    var isOn: Bool { keys != nil }

    /// - Parameter row: of what is sealed: the person's identifier, the face's, or that of a face and a model.
    /// - Throws: `Problem` 409 for a person who was deleted.
    func seal(_ bytes: Data, _ column: Column, of person: UUIDv7, row: [UInt8]) throws -> Data {
        Data(try SealedValue.seal(Array(bytes), Self.context(column, row), with: sealingKeys(of: person)))
    }

    /// Plain bytes are those of before there was a key.
    ///
    /// - Returns: `nil` when the person has been deleted since this snapshot of the database.
    /// - Throws: `StorageError` `.damaged`, also when the key is missing.
    func open(_ bytes: Data, _ column: Column, of person: UUIDv7, row: [UInt8]) throws -> Data? {
        guard let keys else { return Data(try SealedValue.open(Array(bytes), Self.context(column, row), with: nil)) }
        var ring = try keys.existingKeys(of: person)
        if ring == nil {
            if keys.isErased(person) { return nil }
            guard !SealedValue.isSealed(bytes) else { throw StorageError(.damaged, "the key of \(person) is missing") }
            // Opens nothing, and knows whether plain bytes are accepted.
            ring = keys.blobKeys
        }
        do { return Data(try SealedValue.open(Array(bytes), Self.context(column, row), with: ring)) } catch {
            guard error.code == .denied else { throw error }
            throw StorageError(.damaged, "what is stored for \(person) was sealed with another key")
        }
    }

    /// What a caller's key is stored as, to be found again.
    func hash(_ externalID: String) -> Int64 {
        guard let externalIDs else { return PersonText.hash(externalID) }
        return externalIDs.token(externalID).prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    /// What it may be stored as: the present hash, and that of before there was a key.
    func hashes(_ externalID: String) -> [Int64] { [hash(externalID), PersonText.hash(externalID)] }

    private func sealingKeys(of person: UUIDv7) throws -> KeyRing? {
        do { return try keys?.keys(of: person) } catch {
            guard error.code == .notFound else { throw error }
            throw Problem(409, "Conflict", detail: "This person was deleted; a new one needs a new id.")
        }
    }

    private static func context(_ column: Column, _ row: [UInt8]) -> SealContext {
        .row(table: "sealed", column: column.rawValue, id: row)
    }
}
