import AIBoxAPI
import Logging
import Storage

extension DataManager {
    /// Persons of one transaction of `sealAll`.
    private static let sealingStep = 20

    /// Wraps the persons' keys under the current key and seals what is plain. For the background: a failure is logged,
    /// and the next start goes on.
    func sealWhatIsPlain() async {
        guard let keys = cipher.keys else { return }
        do {
            let count = try await keys.rewrapAll()
            if count > 0 { logger.info("keys wrapped under the current key", metadata: ["keys": "\(count)"]) }
            let isSealed = try await read { try KeyStoreMark.isSealed($0) }
            if !isSealed { try await sealAll(limit: Self.sealingStep) }
        } catch is CancellationError {
            logger.info("sealing goes on at the next start")
        } catch {
            logger.error("not everything is sealed yet", metadata: ["error": "\(error)"])
        }
    }

    /// Seals persons and pictures that are plain from before there was a key.
    ///
    /// - Parameter limit: persons of one transaction.
    /// - Throws: `CancellationError`; begun again, it goes on where it was.
    func sealAll(limit: Int) async throws {
        let pass = SealingPass(cipher: cipher)
        var (after, sealed): (UUIDv7?, Int) = (nil, 0)
        while let step = try await write({ [after] in try pass.step(after: after, limit: limit, $0) }) {
            try Task.checkCancellation()
            (after, sealed) = (step.last, sealed + step.sealed)
            if step.sealed > 0 { logger.info("sealing persons", metadata: ["sealed": "\(sealed)"]) }
        }
        let pictures = try await pictures.sealAll()
        try await write { try KeyStoreMark.setSealed($0) }
        _ = await database.eraseJournal()
        logger.info("all is sealed", metadata: ["values": "\(sealed)", "pictures": "\(pictures)"])
    }
}
