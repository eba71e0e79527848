import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Why a request to an S3 server failed, and whether the same request may succeed soon.
struct S3Failure {
    let error: StorageError
    let isPassing: Bool

    /// An answer that is no success.
    ///
    /// - Parameter answer: its `<Error>`; `nil` where it has none, as to HEAD.
    init(_ status: Int, _ answer: S3Answer?) {
        let code = answer?["Code"].map { String($0.prefix(60)) } ?? "status \(status)"
        let (kind, isPassing) = Self.meaning[code] ?? Self.meaning(ofStatus: status)
        // The server's own message may repeat what was signed, so it is left out.
        error = StorageError(kind, "the S3 server answers \(code)")
        self.isPassing = isPassing
    }

    private static let meaning: [String: (StorageError.Code, Bool)] = [
        "NoSuchKey": (.notFound, false),
        "NoSuchUpload": (.notFound, false),
        "NoSuchBucket": (.denied, false),
        "PreconditionFailed": (.conflict, false),
        "ConditionalRequestConflict": (.busy, true),
        "OperationAborted": (.busy, true),
        "SlowDown": (.busy, true),
        "TooManyRequests": (.busy, true),
        "RequestTimeout": (.timeout, true),
        "InvalidRange": (.invalid, false),
        "EntityTooLarge": (.tooLarge, false),
        "QuotaExceeded": (.full, false),
        "XMinioStorageFull": (.full, false),
        "XAmzContentSHA256Mismatch": (.unavailable, true),
        "BadDigest": (.unavailable, true),
    ]

    private static func meaning(ofStatus status: Int) -> (StorageError.Code, Bool) {
        switch status {
        case 401, 403: (.denied, false)
        case 404: (.notFound, false)
        case 408: (.timeout, true)
        case 409: (.conflict, false)
        case 412: (.conflict, false)
        case 413: (.tooLarge, false)
        case 416: (.invalid, false)
        case 429: (.busy, true)
        case 501: (.invalid, false)
        case 507: (.full, false)
        case 500...: (.unavailable, true)
        // Redirections to another region or address, and requests it does not understand.
        default: (.invalid, false)
        }
    }

    /// A request that was not answered.
    ///
    /// - Parameter mayHaveArrived: whether this request, or an earlier repetition, may have had its effect; kept up.
    /// - Throws: `CancellationError`, in the words of whoever noticed it.
    init(_ failure: any Error, isRead: Bool, mayHaveArrived: inout Bool) throws {
        let client = failure as? HTTPClientError
        if failure is CancellationError || client == .cancelled { throw CancellationError() }
        if let error = failure as? StorageError {
            self.init(error, isPassing: false)
        } else if client == .alreadyShutdown {
            self.init(StorageError(.closed, "the store of blobs is closed"), isPassing: false)
        } else if Self.isTLS(failure) {
            self.init(StorageError(.denied, "no secure connection with the S3 server: \(failure)"), isPassing: false)
        } else {
            let isRefused = Self.isRefusal(failure)
            let isLate = client == .deadlineExceeded || client == .getConnectionFromPoolTimeout
            if !isRefused { mayHaveArrived = true }
            let code: StorageError.Code =
                mayHaveArrived && !isRead ? .outcomeUnknown : isLate ? .timeout : .unavailable
            self.init(StorageError(code, "the S3 server does not answer: \(failure)"), isPassing: !isLate)
        }
    }

    private init(_ error: StorageError, isPassing: Bool) {
        self.error = error
        self.isPassing = isPassing
    }

    private static func isTLS(_ error: any Error) -> Bool {
        error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError
            || error as? HTTPClientError == .tlsHandshakeTimeout
    }

    /// Whether there was no connection to send anything on.
    private static func isRefusal(_ error: any Error) -> Bool {
        error is NIOConnectionError || error as? HTTPClientError == .connectTimeout
            || (error as? IOError)?.errnoCode == ECONNREFUSED
    }
}
