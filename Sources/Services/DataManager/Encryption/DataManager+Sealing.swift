import AIBoxAPI
import Logging
import Storage

extension DataManager {
    /// Persons of one transaction of `sealAll`; of plates ten times as many.
    private static let sealingStep = 20

    /// Moves the pictures of before they were blobs, then seals what is plain. For the background.
    func bringUpToDate() async {
        await moveOldPictures()
        await sealWhatIsPlain()
    }

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

    /// Seals persons, plates, pictures and files that are plain from before there was a key.
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
        sealed += try await sealPlates(limit: 10 * limit)
        let blobs = try await sealBlobs()
        if await !database.eraseFreed() {
            logger.warning("what was plain before may still be read in free parts of the database file")
        }
        try await write { try KeyStoreMark.setSealed($0) }
        logger.info("all is sealed", metadata: ["values": "\(sealed)", "blobs": "\(blobs)"])
    }

    /// Returns how many were plain.
    private func sealBlobs() async throws -> Int {
        try await oldPictures?.move(to: blobs, logger)
        var count = 0
        for table in BlobTable.all {
            var after: BlobKey?
            repeat {
                let page = try await blobs.sealPlain(prefix: table.folder, after: after)
                for key in page.damaged {
                    logger.error("a damaged blob stays plain; nobody can read it", metadata: ["blob": "\(key)"])
                }
                (count, after) = (count + page.sealed, page.next)
                if page.sealed > 0 { logger.info("sealing pictures and files", metadata: ["sealed": "\(count)"]) }
            } while after != nil
        }
        return count
    }

    /// Returns how many rows it has sealed.
    private func sealPlates(limit: Int) async throws -> Int {
        let pass = PlateSealing(cipher: cipher)
        var sealed = 0
        for rows in PlateSealing.Rows.allCases {
            var after: PageCursor.Position?
            while let step = try await write({ [after] in try pass.detections(rows, after: after, limit: limit, $0) }) {
                try Task.checkCancellation()
                (after, sealed) = (step.last, sealed + step.sealed)
            }
            if sealed > 0 { logger.info("sealing plates", metadata: ["sealed": "\(sealed)"]) }
        }
        while case let count = try await write({ try pass.knownPlates(limit: limit, $0) }), count > 0 {
            try Task.checkCancellation()
            sealed += count
        }
        while try await write({ try pass.removePlainIndex(limit: 10 * limit, $0) }) > 0 { try Task.checkCancellation() }
        return sealed
    }
}
