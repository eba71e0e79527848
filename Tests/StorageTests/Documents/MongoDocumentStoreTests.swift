import AIBoxAPI
import Foundation
import TestSupport
import Testing

@testable import Storage

/// Against the stand-in (`Tests/StandIns/mongo_stand_in.py`), with the real libmongoc.
@Suite(.enabled(if: TestMongo.canRun, Comment(rawValue: TestMongo.absence)))
struct MongoDocumentStoreTests {
    let collection: DocumentCollection
    let document: Document

    init() throws {
        collection = try DocumentCollection("inferences")
        document = try Document(["a": .integer(1)])
    }

    /// Runs `body` with a store on a stand-in.
    func with(
        _ options: String = "", arguments: [String] = [], host: String = "127.0.0.1",
        configure: (inout MongoDocumentStore.Configuration) -> Void = { _ in },
        _ body: (MongoDocumentStore, TestMongo) async throws -> Void
    ) async throws {
        try await TestMongo.with(arguments) { server in
            var configuration = MongoDocumentStore.Configuration(url: "mongodb://\(host):\(server.port)/box?\(options)")
            configure(&configuration)
            let store = try MongoDocumentStore(configuration)
            do {
                try await body(store, server)
                await store.close()
            } catch {
                await store.close()
                throw error
            }
        }
    }

    func code(_ call: () async throws -> Void) async -> StorageError.Code? {
        do {
            try await call()
            return nil
        } catch {
            return (error as? StorageError)?.code
        }
    }

    @Test func itHoldsTheContractOnTheStandIn() async throws {
        try await with { store, _ in try await DocumentStoreContract(store).holds() }
    }

    @Test func whatIsWrittenIsAskedOfAMajoritysJournals() async throws {
        try await with("w=1&journal=false") { store, server in
            try await store.put(document, id: UUIDv7(), in: collection)
            try await store.delete([UUIDv7()], in: collection)
            try await store.ensureIndex(on: DocumentPath("a.b"), in: collection)
            let seen = try server.tell("seen")
            #expect(seen.contains(#""application": {"name": "aibox"}"#))
            let concern = #""writeConcern": {"w": "majority", "#
            #expect(seen.components(separatedBy: concern).count == 4)
            #expect(seen.components(separatedBy: #""j": true"#).count == 4)
            #expect(seen.contains(#""key": {"body.a.b": {"$numberInt": "1"}, "_id": {"$numberInt": "-1"}}"#))
            #expect(seen.contains(#""subType": "04""#))
        }
    }

    @Test(arguments: [
        (13, StorageError.Code.denied), (50, .timeout), (10107, .unavailable), (91, .outcomeUnknown),
        (11600, .outcomeUnknown), (9, .statement), (14031, .full),
    ])
    func whatTheServerRefusesIsNamed(number: Int, expected: StorageError.Code) async throws {
        try await with { store, server in
            try server.tell("fail update \(number)")
            #expect(await code { try await store.put(document, id: UUIDv7(), in: collection) } == expected)
            try server.tell("fail find \(number)")
            let read = await code { _ = try await store.get([UUIDv7()], in: collection) }
            #expect(read == (expected == .outcomeUnknown ? .unavailable : expected))
            try server.tell("clear")
            try await store.put(document, id: UUIDv7(), in: collection)
        }
    }

    @Test func whatWasPutAgainIsNotRemovedAsOld() async throws {
        try await with { store, _ in
            let (old, new) = (UUIDv7(), UUIDv7())
            try await store.put(document, id: old, in: collection)
            let time = Timestamp(milliseconds: Timestamp.now.milliseconds + 1)
            try await wait(for: "the next milliseconds") { Timestamp.now > time ? true : nil }
            try await store.put(document, id: new, in: collection)
            try await store.delete([old, new, UUIDv7()], putBefore: time, in: collection)
            #expect(Set(try await store.get([old, new], in: collection).keys) == [new])
            try await store.delete([new], putBefore: time, in: collection)
            try await store.delete([], putBefore: time, in: collection)
            #expect(try await store.get([new], in: collection) == [new: document])
        }
    }

    @Test func theServerTellsItsVersion() async throws {
        try await with { store, server in
            #expect(try await store.server() == MongoServer(version: "7.0.0-stand-in", isEncrypted: false))
            try server.tell("fail buildInfo 13")
            #expect(await code { _ = try await store.server() } == .denied)
        }
    }

    @Test func identifiersComeWithoutTheirDocuments() async throws {
        try await with { store, server in
            let id = UUIDv7()
            try await store.put(document, id: id, in: collection)
            _ = try server.tell("seen")
            #expect(try await store.find(.all, in: collection, after: nil, limit: 5) == [id])
            #expect(try server.tell("seen").contains(#""projection": {"_id": true}"#))
        }
    }

    @Test func anUpsertThatMeetsAnotherIsRepeatedOnce() async throws {
        try await with { store, server in
            let id = UUIDv7()
            try server.tell("write-error update 11000 1")
            try await store.put(document, id: id, in: collection)
            #expect(try await store.get([id], in: collection) == [id: document])
            try server.tell("write-error update 11000 2")
            #expect(await code { try await store.put(document, id: id, in: collection) } == .conflict)
        }
    }

    @Test func aWriteThatAMajorityHasNotConfirmedIsUncertain() async throws {
        try await with { store, server in
            try server.tell("concern update")
            #expect(await code { try await store.put(document, id: UUIDv7(), in: collection) } == .outcomeUnknown)
        }
    }

    @Test func aConnectionThatBreaksInTheMidstOfAReplyIsOpenedAnew() async throws {
        try await with { store, server in
            let id = UUIDv7()
            try server.tell("cut update 1")
            #expect(await code { try await store.put(document, id: id, in: collection) } == .outcomeUnknown)
            try await store.put(document, id: id, in: collection)
            // libmongoc repeats a read by itself, once.
            try server.tell("cut find 1")
            #expect(try await store.get([id], in: collection) == [id: document])
            try server.tell("cut find")
            #expect(await code { _ = try await store.get([id], in: collection) } == .unavailable)
            try server.tell("clear")
            #expect(try await store.get([id], in: collection) == [id: document])
        }
    }

    @Test func aServerThatDoesNotAnswerIsGivenUp() async throws {
        try await with("socketTimeoutMS=300") { store, server in
            try server.tell("mute find")
            #expect(await code { _ = try await store.get([UUIDv7()], in: collection) } == .timeout)
            try server.tell("mute update")
            #expect(await code { try await store.put(document, id: UUIDv7(), in: collection) } == .outcomeUnknown)
            try server.tell("clear")
            try server.tell("delay update 100")
            try await store.put(document, id: UUIDv7(), in: collection)
        }
    }

    @Test func aFindTellsTheServerHowLongItMayTake() async throws {
        try await with("socketTimeoutMS=1000") { store, server in
            _ = try await store.find(.all, in: collection, after: nil, limit: 5)
            let seen = try server.tell("seen")
            #expect(seen.contains(#""maxTimeMS": {"$numberLong": "800"}"#))
            #expect(seen.contains(#""limit": {"$numberLong": "5"}"#))
        }
    }

    @Test func noServerIsUnavailableInBoundedTimeAndFoundWhenItIsThere() async throws {
        let server = try TestMongo()
        let port = server.port
        server.stop()
        let url = "mongodb://127.0.0.1:\(port)/box?serverSelectionTimeoutMS=700"
        let store = try MongoDocumentStore(.init(url: url))
        #expect(await code { try await store.put(document, id: UUIDv7(), in: collection) } == .unavailable)
        #expect(await store.failure()?.code == .unavailable)
        let again = try TestMongo(["--port", "\(port)"])
        #expect(await store.failure() == nil)
        try await store.put(document, id: UUIDv7(), in: collection)
        again.stop()
        #expect(await code { _ = try await store.get([UUIDv7()], in: collection) } == .unavailable)
        await store.close()
    }

    @Test func aDocumentBeyondTheServersLimitIsTooLarge() async throws {
        try await with(arguments: ["--max-bson", "20000"]) { store, _ in
            try await store.put(document, id: UUIDv7(), in: collection)
            let large = try Document(["a": .string(String(repeating: "x", count: 60_000))])
            #expect(await code { try await store.put(large, id: UUIDv7(), in: collection) } == .tooLarge)
        }
    }

    @Test func aWrongPasswordIsDeniedAndNeverShown() async throws {
        try await TestMongo.with { server in
            let url = "mongodb://box:open%20sesame@127.0.0.1:\(server.port)/box?authMechanism=SCRAM-SHA-256"
            let store = try MongoDocumentStore(.init(url: url))
            let failure = try #require(await store.failure())
            #expect(failure.code == .denied)
            #expect(!failure.message.contains("sesame"))
            await store.close()
        }
    }

    @Test(arguments: [
        "", "http://a", "mongodb://", "mongodb://u:secret@h/?tls=perhaps&x=%zz", "mongodb://u:sec%zzret@h",
    ])
    func aFaultyURLIsRefusedWithoutItsPassword(url: String) throws {
        let error = try #require(throws: StorageError.self) { try MongoDocumentStore(.init(url: url)) }
        #expect(error.code == .invalid)
        #expect(!error.message.contains("sec"))
    }

    @Test func aClosedStoreRefuses() async throws {
        try await with { store, _ in
            try await store.put(document, id: UUIDv7(), in: collection)
            await store.close()
            #expect(await code { try await store.put(document, id: UUIDv7(), in: collection) } == .closed)
            #expect(await store.failure()?.code == .closed)
        }
    }

    @Test func moreThanMayWaitIsRefused() async throws {
        try await with("socketTimeoutMS=500", configure: { ($0.threads, $0.waitingLimit) = (1, 2) }) { store, server in
            try server.tell("mute find")
            let codes = await withTaskGroup { group in
                for _ in 0..<8 { group.addTask { await code { _ = try await store.get([UUIDv7()], in: collection) } } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.filter { $0 == .busy }.count == 5)
            #expect(codes.filter { $0 == .timeout }.count == 3)
        }
    }

    @Test func whatHasWaitedTooLongForAThreadIsNotBegun() async throws {
        try await with(configure: { ($0.threads, $0.waitingTime) = (1, .zero) }) { store, server in
            #expect(await code { try await store.put(document, id: UUIDv7(), in: collection) } == .timeout)
            let seen = try server.tell("seen")
            #expect(!seen.contains("update"))
        }
    }

    @Test(arguments: [
        #"{"_id": 1, "body": {}}"#, #"{"_id": ID}"#, #"{"_id": ID, "body": []}"#, #"{"_id": ID, "body": {"$set": 1}}"#,
        #"{"_id": ID, "body": {"a": {"$date": {"$numberLong": "0"}}}}"#,
        #"{"_id": ID, "body": {"a": {"$numberDouble": "NaN"}}}"#,
    ])
    func aDocumentThatIsNoneOfOursIsDamage(json: String) async throws {
        try await with { store, server in
            let binary = #"{"$binary": {"base64": "AY8vnnsqfD2OTwEjRWeJqw==", "subType": "04"}}"#
            try server.tell("store box.inferences " + json.replacing("ID", with: binary))
            let id = try #require(UUIDv7("018f2f9e-7b2a-7c3d-8e4f-0123456789ab"))
            let read = await code { _ = try await store.get([id], in: collection) }
            let found = await code { _ = try await store.find(.all, in: collection, after: nil, limit: 10) }
            #expect([read, found].contains(.damaged))
        }
    }
}
