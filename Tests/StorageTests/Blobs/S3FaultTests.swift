import AsyncHTTPClient
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite(.runningS3, .enabled(if: TestS3.isPresent, "\(TestS3.absence)")) struct S3FaultTests {
    private func withFlakyStore(
        fault: @escaping @Sendable (FlakyS3.Request) -> FlakyS3.Fault,
        _ body: (S3BlobStore, FlakyS3) async throws -> Void
    ) async throws {
        let server = try RunningS3.current
        try await FlakyS3.with(upstream: server.port, fault: fault) { flaky, port in
            let configuration = try S3Configuration(server, port: port)
            try await closing(try S3BlobStore(configuration)) { try await body($0, flaky) }
        }
    }

    private func key() throws -> BlobKey { try BlobKey("a/k") }

    @Test(arguments: [500, 503, 429])
    func aServerThatStumblesTwiceIsAskedAThirdTime(status: Int) async throws {
        let perTarget = Mutex<[String: Int]>([:])
        try await withFlakyStore(
            fault: { request in
                let count = perTarget.withLock { counts in
                    counts[request.method + request.target, default: 0] += 1
                    return counts[request.method + request.target] ?? 0
                }
                return count <= 2 ? .answer(status) : .none
            },
            { store, flaky in
                let (small, large) = (try BlobKey("small"), try BlobKey("large"))
                _ = try await store.put(small, BlobContent(.noise(1000)))
                #expect(flaky.requests.count == 3)
                _ = try await store.put(large, BlobContent(.noise(200_000)))
                #expect(try await store.getAll(small, limit: 1000) == .noise(1000))
                #expect(try await store.getAll(large, limit: 200_000) == .noise(200_000))
                try await store.delete(small)
                #expect(try await store.list(prefix: "", after: nil, limit: 10).map(\.key) == [large])
            })
    }

    @Test(arguments: [
        (500, StorageError.Code.unavailable), (503, .unavailable), (429, .busy), (403, .denied), (507, .full),
    ])
    func aServerThatKeepsRefusingIsGivenUp(status: Int, code: StorageError.Code) async throws {
        try await withFlakyStore(fault: { _ in .answer(status) }) { store, flaky in
            let key = try key()
            #expect(await blobFailure { _ = try await store.put(key, BlobContent(.noise(9))) } == code)
            let repeats = code == .denied || code == .full ? 0 : store.configuration.retries
            #expect(flaky.requests.count == 1 + repeats)
        }
    }

    /// Each request of a put in turn loses its answer once: the server did what was asked, and nobody knows.
    @Test(arguments: [1000, 200_000], 0..<9)
    func aLostAnswerIsMadeUpFor(count: Int, lost: Int) async throws {
        try await withFlakyStore(fault: { $0.number == lost ? .loseAnswer : .none }) { store, _ in
            let key = try key()
            _ = try await store.put(key, BlobContent(.noise(count)))
            #expect(try await store.getAll(key, limit: count) == .noise(count))
        }
    }

    @Test func aPutWhoseAnswersAreAllLostHasAnUnknownOutcome() async throws {
        try await withFlakyStore(fault: { $0.method == "PUT" ? .loseAnswer : .none }) { store, _ in
            let key = try key()
            #expect(await blobFailure { _ = try await store.put(key, BlobContent(.noise(9))) } == .outcomeUnknown)
            #expect(try await store.head(key).bytes == 9)
        }
    }

    @Test(arguments: [0, 1, 70_000, 99_999])
    func aTruncatedAnswerIsNotTakenForTheWhole(length: Int) async throws {
        try await withFlakyStore(fault: { $0.method == "GET" ? .cut(length) : .none }) { store, _ in
            let key = try key()
            _ = try await store.put(key, BlobContent(.noise(100_000)))
            #expect(await blobFailure { _ = try await store.getAll(key, limit: .max) } == .unavailable)
        }
    }

    @Test func aWrongByteIsDamage() async throws {
        try await withFlakyStore(fault: { $0.method == "GET" ? .flip : .none }) { store, _ in
            let key = try key()
            _ = try await store.put(key, BlobContent(.noise(100_000)))
            #expect(await blobFailure { _ = try await store.getAll(key, limit: .max) } == .damaged)
            #expect(await blobFailure { _ = try await store.list(prefix: "", after: nil, limit: 1) } == .unavailable)
        }
    }

    @Test func aLargePutThatFailsAbortsItsUploadOrLeavesItToTheScrub() async throws {
        let isBroken = Mutex(false)
        try await withFlakyStore(
            fault: { request in
                if request.target.contains("partNumber=3") { isBroken.withLock { $0 = true } }
                return isBroken.withLock { $0 } ? .answer(500) : .none
            },
            { store, _ in
                let key = try key()
                #expect(
                    await blobFailure { _ = try await store.put(key, BlobContent(.noise(200_000))) } == .unavailable)
                isBroken.withLock { $0 = false }
                #expect(try await store.removeUnfinished(olderThan: .seconds(3600)) == 1, "moto dates uploads 2010")
                #expect(try await store.removeUnfinished(olderThan: .seconds(-10)) == 0)
                #expect(try await store.list(prefix: "", after: nil, limit: 1).isEmpty)
            })
    }

    @Test func anObjectBesideGoesWhenItIsOld() async throws {
        try await closing(try S3BlobStore(try S3Configuration(try RunningS3.current))) { store in
            _ = try await store.client.send(.init(method: "PUT", name: "Incoming/left", body: .noise(9)))
            #expect(try await store.removeUnfinished(olderThan: .seconds(3600)) == 0, "it might be under way")
            #expect(try await store.list(prefix: "", after: nil, limit: 9).isEmpty)
            #expect(try await store.removeUnfinished(olderThan: .seconds(-10)) == 1)
            #expect(try await store.removeUnfinished(olderThan: .seconds(-10)) == 0)
        }
    }

    @Test func aServerKilledInAnUploadFailsTheCallAndNotTheProcess() async throws {
        let server = try TestS3()
        try await closing(try S3BlobStore(try S3Configuration(server))) { store in
            let key = try key()
            let body = Chunks(buffer: .noise(400_000)) { if $0 == 20 { server.stop() } }
            let failure = await blobFailure { _ = try await store.put(key, BlobContent(body, limit: .max)) }
            #expect(failure == .outcomeUnknown || failure == .unavailable)
            #expect(await blobFailure { _ = try await store.head(key) } == .unavailable)
        }
    }

    @Test func wrongCredentialsAreDenied() async throws {
        let server = try RunningS3.current
        let good = try S3Configuration(server)
        for (access, secret) in [
            (server.accessKey, "wrong"), ("AKIANOBODY", server.secretKey),
            (server.powerlessKey, server.powerlessSecret),
        ] {
            var configuration = good
            configuration.credentials = S3Credentials(accessKey: access, secretKey: secret)
            try await closing(try S3BlobStore(configuration)) { store in
                let key = try key()
                do {
                    _ = try await store.put(key, BlobContent(.noise(9)))
                    Issue.record("stored with \(access)")
                } catch let error as StorageError {
                    #expect(error.code == .denied && !error.message.contains(secret))
                }
            }
        }
    }

    @Test func anObjectOfSomebodyElseIsNoBlobOfOurs() async throws {
        let server = try RunningS3.current
        let configuration = try S3Configuration(server)
        try await closing(try S3BlobStore(configuration)) { store in
            for name in ["foreign", "Not A Key"] {
                _ = try await store.client.send(.init(method: "PUT", name: name, body: .noise(9)))
            }
            let foreign = try BlobKey("foreign")
            #expect(await blobFailure { _ = try await store.get(foreign) } == .damaged)
            #expect(try await store.list(prefix: "", after: nil, limit: 1).map(\.key) == [foreign])
        }
    }

    /// The signature itself is held against botocore's in `S3SignatureTests`.
    @Test func aLinkReadsAndWritesWithoutCredentials() async throws {
        let server = try TestS3(checksSignatures: false)
        try await closing(try S3BlobStore(try S3Configuration(server))) { store in
            let key = try key()
            let content = ByteBuffer.noise(1000)
            let blob = BlobDescription(key: key, bytes: 1000, checksum: ContentChecksum(of: content))
            let upload = try store.uploadLink(blob, lifetime: .seconds(60), contentType: "image/jpeg")
            var request = HTTPClientRequest(url: upload.url)
            request.method = .PUT
            for (name, value) in upload.headers { request.headers.add(name: name, value: value) }
            request.body = .bytes(content)
            #expect(try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status == .ok)
            #expect(try await store.head(key) == blob)

            let link = try #require(try store.link(key, lifetime: .seconds(60), contentType: "image/jpeg"))
            let answer = try await HTTPClient.shared.execute(.init(url: link), timeout: .seconds(10))
            #expect(try await answer.body.collect(upTo: 2000) == content)
            #expect(link.contains("response-content-disposition=attachment"), "moto does not act on it")
            for lifetime in [Duration.zero, .seconds(7 * 24 * 3600 + 1)] {
                #expect(throws: StorageError.self) { try store.link(key, lifetime: lifetime, contentType: "a/b") }
            }
        }
    }
}
