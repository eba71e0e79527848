import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite struct FolderBlobStoreTests {
    private func key() throws -> BlobKey { try BlobKey("pictures/ab/cd/k.jpg") }

    private func withStore(
        _ folder: BlobTestFolder, before: @escaping @Sendable (BlobFolder.Step) throws -> Void = { _ in },
        _ body: (FolderBlobStore) async throws -> Void
    ) async throws {
        try await closing(try FolderBlobStore(.init(path: folder.path), before: before), body)
    }

    /// Every byte of a file, flipped in one bit, and every length it could be cut to.
    @Test func aChangedOrCutFileIsNeverReadAsWhole() async throws {
        let folder = try BlobTestFolder()
        let content = ByteBuffer.noise(100)
        try await withStore(folder) { store in
            let key = try key()
            _ = try await store.put(key, BlobContent(content))
            let file = URL(filePath: try folder.onlyFile())
            let good = try Data(contentsOf: file)
            #expect(good.count == 100 + BlobFile.trailerBytes && Array(good.prefix(100)) == Array(buffer: content))
            for index in good.indices {
                var bad = good
                bad[index] ^= 1 << UInt8(index % 8)
                try bad.write(to: file)
                #expect(await blobFailure { _ = try await store.getAll(key, limit: 200) } == .damaged, "byte \(index)")
            }
            for length in 0..<good.count {
                try good.prefix(length).write(to: file)
                #expect(await blobFailure { _ = try await store.head(key) } == .damaged, "\(length) bytes")
            }
            try (good + Data([0])).write(to: file)
            #expect(await blobFailure { _ = try await store.head(key) } == .damaged, "a byte more")
            _ = try await store.put(key, BlobContent(content), replacing: true)
            #expect(try await store.getAll(key, limit: 100) == content, "replacing mends")
        }
    }

    @Test func aDamagedBlobFailsInPlaceOfItsLastChunk() async throws {
        let folder = try BlobTestFolder()
        try await withStore(folder) { store in
            let key = try key()
            _ = try await store.put(key, BlobContent(.noise(600_000)))
            let file = try FileHandle(forUpdating: URL(filePath: try folder.onlyFile()))
            try file.seek(toOffset: 1000)
            try file.write(contentsOf: Data("damage".utf8))
            try file.close()
            var delivered = 0
            let blob = try await store.get(key)
            let failure = await blobFailure { for try await chunk in blob.bytes { delivered += chunk.readableBytes } }
            #expect(failure == .damaged && delivered == 2 * 256 * 1024)
        }
    }

    @Test func everyStepComesInTheOrderThatSurvivesAPowerCut() async throws {
        let folder = try BlobTestFolder()
        let steps = Mutex<[BlobFolder.Step]>([])
        try await withStore(folder, before: { step in steps.withLock { $0.append(step) } }) { store in
            _ = try await store.put(try key(), BlobContent(Chunks(buffer: .noise(20_000)), limit: .max))
        }
        let expected: [BlobFolder.Step] = [.makeFile, .write, .write, .write, .syncFile, .name, .syncFolder]
        #expect(steps.withLock { $0 } == expected, "content and trailer, their fsync, the name, the folder's fsync")
    }

    private struct PowerCut: Error {}

    @Test(arguments: [false, true], 0..<7)
    func stoppedBeforeAnyStepTheBlobIsWholeOrWasNeverThere(replacing: Bool, last: Int) async throws {
        let folder = try BlobTestFolder()
        let (old, new) = (ByteBuffer.noise(20_000, seed: 1), ByteBuffer.noise(20_000, seed: 2))
        let key = try key()
        if replacing {
            try await withStore(folder) { _ = try await $0.put(key, BlobContent(old)) }
        }
        let count = Mutex(0)
        try await withStore(
            folder,
            before: { _ in
                let isOver = count.withLock { count in
                    defer { count += 1 }
                    return count >= last
                }
                if isOver { throw PowerCut() }
            },
            { store in
                await #expect(throws: PowerCut.self) {
                    let body = Chunks(buffer: new)
                    _ = try await store.put(key, BlobContent(body, limit: .max), replacing: replacing)
                }
            })
        try await withStore(folder) { store in
            let found = try? await store.getAll(key, limit: 20_000)
            // Named before the folder's fsync: either is right, since the caller was not told.
            #expect(found == (last == 6 ? new : replacing ? old : nil))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/incoming").isEmpty)
            _ = try await store.put(key, BlobContent(new), replacing: true)
            #expect(try await store.getAll(key, limit: 20_000) == new)
        }
    }

    @Test func whatAKilledProcessWasWritingIsClearedAtStart() async throws {
        let folder = try BlobTestFolder()
        try await withStore(folder) { _ in }
        let half = folder.path + "/incoming/half"
        try Data("half".utf8).write(to: URL(filePath: half))
        try await withStore(folder) { _ in #expect(!FileManager.default.fileExists(atPath: half)) }
    }

    @Test func filesAreTheirOwnersAlone() async throws {
        let folder = try BlobTestFolder()
        try await withStore(folder) { store in
            _ = try await store.put(try key(), BlobContent(.noise(1)))
            for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
                let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
                #expect(attributes[.posixPermissions] as? Int == (isFolder ? 0o700 : 0o600), "\(name)")
            }
        }
    }

    @Test func linksAndPipesAreNotFollowedNorWaitedFor() async throws {
        let (folder, outside) = (try BlobTestFolder(), try BlobTestFolder())
        try await withStore(outside) { _ = try await $0.put(try BlobKey("a/k"), BlobContent(.noise(1))) }
        try await withStore(folder) { store in
            let objects = folder.path + "/objects"
            symlink(outside.path + "/objects/a", objects + "/a")
            symlink(outside.path + "/objects/a/k=", objects + "/k=")
            mkfifo(objects + "/pipe=", 0o600)
            for name in ["a/k", "k", "pipe"] {
                let key = try BlobKey(name)
                #expect(await blobFailure { _ = try await store.head(key) } == .inputOutput, "\(name)")
            }
            let inLink = try BlobKey("a/new")
            #expect(await blobFailure { _ = try await store.put(inLink, BlobContent(.noise(1))) } == .inputOutput)
            #expect(try await store.list(prefix: "", after: nil, limit: 10).isEmpty)
        }
    }

    @Test(.enabled(if: SmallDisk.canBeMounted, Comment(rawValue: SmallDisk.absence)))
    func aFullDiskIsSaidLeavesNothingAndRecovers() async throws {
        let disk = try SmallDisk(megabytes: 1)
        try await closing(try FolderBlobStore(.init(path: disk.path + "/blobs"))) { store in
            let key = try key()
            let content = ByteBuffer.noise(600_000)
            let first = try BlobKey("first")
            _ = try await store.put(first, BlobContent(content))
            for body in [BlobContent(content), BlobContent(Chunks(buffer: content), limit: .max)] {
                #expect(await blobFailure { _ = try await store.put(key, body) } == .full)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path + "/blobs/incoming").isEmpty)
            let space = try #require(try await store.check())
            #expect(space.total == 1 << 20 && space.free < 500_000)
            #expect(try await store.getAll(first, limit: .max) == content)
            try await store.delete(first)
            _ = try await store.put(key, BlobContent(content))
            #expect(try await store.getAll(key, limit: .max) == content)
        }
    }

    @Test func aFolderThatCannotBeMadeIsSaid() {
        let failure = #expect(throws: StorageError.self) { try FolderBlobStore(.init(path: "/dev/null/blobs")) }
        #expect(failure?.code == .inputOutput)
    }
}
