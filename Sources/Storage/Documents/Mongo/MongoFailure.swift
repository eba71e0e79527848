import CMongo

/// What libmongoc says went wrong.
struct MongoFailure: Sendable, Equatable {
    var domain: Int32
    var code: UInt32
    var message: String

    /// Errors of the server by its code (mongo/base/error_codes.yml).
    private enum Server {
        static let duplicate: Set<UInt32> = [11000, 11001]
        static let denied: Set<UInt32> = [13, 18, 8000]
        static let timeout: Set<UInt32> = [50, 262]
        static let tooLarge: Set<UInt32> = [10334, 17419, 17420]
        static let full: Set<UInt32> = [14031]
        /// Another member is primary: refused before anything was written.
        static let notPrimary: Set<UInt32> = [10058, 10107, 13435, 13436]
        /// It stops, steps down or has lost others, perhaps in the midst of a write.
        static let interrupted: Set<UInt32> = [6, 7, 89, 91, 189, 9001, 11600, 11602]
        /// Written, but not known to be on a majority's disks.
        static let writeConcern: Set<UInt32> = [64, 79, 100]
    }

    /// Whether the same upsert is worth repeating: two that insert at once can meet.
    var isDuplicate: Bool { domain == AIBOX_MONGOC_ERROR_SERVER && Server.duplicate.contains(code) }

    /// - Parameters:
    ///   - isWrite: after a broken connection it may have been done.
    ///   - isOverdue: whether as much time has passed as an answer may take; libmongoc tells a timeout and a broken
    ///     connection in the same words.
    func storageError(isWrite: Bool, isOverdue: Bool) -> StorageError {
        let text = "MongoDB: " + MongoLog.redacted(message)
        let broken: StorageError.Code = isWrite ? .outcomeUnknown : isOverdue ? .timeout : .unavailable
        return StorageError(classify(isWrite: isWrite, broken: broken), text)
    }

    private func classify(isWrite: Bool, broken: StorageError.Code) -> StorageError.Code {
        switch domain {
        case AIBOX_MONGOC_ERROR_SERVER: serverCode(isWrite: isWrite)
        case AIBOX_MONGOC_ERROR_WRITE_CONCERN: .outcomeUnknown
        case AIBOX_MONGOC_ERROR_SERVER_SELECTION: isAboutCertificate ? .denied : .unavailable
        case AIBOX_MONGOC_ERROR_SASL, AIBOX_MONGOC_ERROR_SCRAM: .denied
        case AIBOX_MONGOC_ERROR_CLIENT:
            switch Int32(clamping: code) {
            case AIBOX_MONGOC_ERROR_CLIENT_AUTHENTICATE: .denied
            case AIBOX_MONGOC_ERROR_CLIENT_TOO_BIG: .tooLarge
            default: .unavailable
            }
        case AIBOX_MONGOC_ERROR_STREAM:
            if isAboutCertificate {
                .denied
            } else if Int32(clamping: code) == AIBOX_MONGOC_ERROR_STREAM_SOCKET {
                broken
            } else {
                .unavailable
            }
        case AIBOX_MONGOC_ERROR_PROTOCOL: broken
        case AIBOX_MONGOC_ERROR_BSON: message.contains("too large") ? .tooLarge : .invalid
        default: .statement
        }
    }

    private func serverCode(isWrite: Bool) -> StorageError.Code {
        switch code {
        case _ where Server.duplicate.contains(code): .conflict
        case _ where Server.denied.contains(code): .denied
        case _ where Server.timeout.contains(code): .timeout
        case _ where Server.tooLarge.contains(code): .tooLarge
        case _ where Server.full.contains(code): .full
        case _ where Server.notPrimary.contains(code): .unavailable
        case _ where Server.interrupted.contains(code): isWrite ? .outcomeUnknown : .unavailable
        case _ where Server.writeConcern.contains(code): .outcomeUnknown
        default: .statement
        }
    }

    /// libmongoc has no code for this.
    private var isAboutCertificate: Bool { message.contains("TLS handshake failed") }
}
