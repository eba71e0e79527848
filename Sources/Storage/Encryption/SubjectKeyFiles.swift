import Foundation

/// The two files of a folder of subjects' keys.
struct SubjectKeyFiles: Sendable {
    let folder: String
    var keys: String { folder + "/subjects.keys" }
    var ledger: String { folder + "/erasures.ledger" }

    /// Makes what is missing in a folder that was never used, the keys first; erases what a killed restore has left.
    ///
    /// - Throws: `StorageError` `.notFound` when there is a ledger and no keys.
    func makeIfAbsent() throws(StorageError) {
        try DurableFolder.make(folder)
        try DurableFile.removePart(of: keys)
        if DurableFile.exists(keys) { return }
        guard !DurableFile.exists(ledger) else {
            throw StorageError(.notFound, "\(keys) is missing: restore its backup, or remove \(ledger) to start anew")
        }
        try DurableFile.replace(keys, with: KeySlots.content([], anchor: ErasureLedger.Anchor()))
    }
}
