import Foundation
import Testing

@testable import ModelCatalog

@Suite struct ModelStoreTests {
    private let content = Array("a model".utf8)

    private func write(_ bytes: [UInt8], to file: URL) throws {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    @Test(arguments: [
        "given/object_detection/sample_1.onnx", "given/sample_1.onnx", "cache/object_detection/sample_1.onnx",
    ])
    func aFileIsFoundInAnyOfItsPlaces(_ path: String) async throws {
        let entry = try entry(of: content, sources: [])
        try await withFolder { folder in
            let store = ModelStore(folders: [folder.appending(path: "given")], cache: folder.appending(path: "cache"))
            #expect(store.state(of: entry) == .absent)
            try write(content, to: folder.appending(path: path))
            #expect(store.state(of: entry) == .ready(folder.appending(path: path)))
        }
    }

    @Test func aWrongFileIsCorruptWithWhatWasFound() async throws {
        let entry = try entry(of: content, sources: [])
        try await withFolder { folder in
            let store = ModelStore(folders: [], cache: folder)
            let file = folder.appending(path: entry.file)
            try write(Array("a mödel".utf8), to: file)
            #expect(store.state(of: entry) == .corrupt(file, .init(bytes: 8)))
            try write(Array("a mOdel".utf8), to: file)
            #expect(store.state(of: entry) == .corrupt(file, .init(bytes: 7, sha256: sha256("a mOdel".utf8))))
        }
    }

    @Test func aWrongFileDoesNotHideTheRightOneInALaterFolder() async throws {
        let entry = try entry(of: content, sources: [])
        try await withFolder { folder in
            let store = ModelStore(folders: [folder.appending(path: "given")], cache: folder.appending(path: "cache"))
            try write([1], to: folder.appending(path: "given/sample_1.onnx"))
            try write(content, to: store.cacheFile(of: entry))
            #expect(store.state(of: entry) == .ready(store.cacheFile(of: entry)))
        }
    }

    @Test func whatIsNoRegularFileIsAbsent() async throws {
        let entry = try entry(of: content, sources: [])
        try await withFolder { folder in
            let store = ModelStore(folders: [], cache: folder)
            try FileManager.default.createDirectory(at: store.cacheFile(of: entry), withIntermediateDirectories: true)
            #expect(store.state(of: entry) == .absent)
            try FileManager.default.removeItem(at: store.cacheFile(of: entry))
            #expect(mkfifo(store.cacheFile(of: entry).path, 0o600) == 0)
            #expect(store.state(of: entry) == .absent)  // without waiting for a writer
        }
    }

    @Test func aFileThatChangesAfterItWasHashedIsHashedAgain() async throws {
        let entry = try entry(of: content, sources: [])
        try await withFolder { folder in
            let store = ModelStore(folders: [], cache: folder)
            let file = store.cacheFile(of: entry)
            try write(content, to: file)
            #expect(store.state(of: entry) == .ready(file))
            let handle = try FileHandle(forUpdating: file)
            try handle.write(contentsOf: [0])
            try handle.close()
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: file.path)
            guard case .corrupt = store.state(of: entry) else {
                Issue.record("a changed file passes as \(store.state(of: entry))")
                return
            }
        }
    }
}
