import Foundation
import Inference
import TestSupport
import Testing

@Suite struct EnginesTests {
    @Test(.enabled(if: TestEngines.arePresent, Comment(rawValue: TestEngines.absence)))
    func bothEnginesAreFoundWithTheirVersions() throws {
        #expect(TestEngines.all.entries.map(\.name) == TestEngines.names)
        #expect(TestEngines.all.available.map(\.name) == TestEngines.names)
        for engine in TestEngines.all.available {
            #expect(engine.version.wholeMatch(of: /\d+\.\d+\.\d+/) != nil, "\(engine.name) \(engine.version)")
        }
    }

    @Test(arguments: [("onnxruntime", "libonnxruntime.so"), ("openvino", "libopenvino_c.so")])
    func aFileThatIsNoLibraryIsNamedWithTheRemedy(engine: String, fileName: String) throws {
        try withTemporaryFolder { folder in
            try Data("not a library".utf8).write(to: folder.appending(path: fileName))
            let error = #expect(throws: InferenceError.self) {
                try Engines.load(folders: [folder]).engine(engine)
            }
            #expect(error?.code == .engineUnavailable)
            #expect(error?.message.contains("\(folder.path)/\(fileName)") == true)
            #expect(error?.remedy?.contains("AIBOX_ENGINES") == true)
        }
    }

    @Test(
        "A library of something else is refused",
        .enabled(if: TestEngines.arePresent, Comment(rawValue: TestEngines.absence)),
        arguments: [("onnxruntime", "libonnxruntime.so"), ("openvino", "libopenvino_c.so")])
    func otherLibrary(engine: String, fileName: String) throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: fileName),
                withDestinationURL: TestPlaces.engines.appending(path: "libtbb.so.12"))
            let error = #expect(throws: InferenceError.self) { try Engines.load(folders: [folder]).engine(engine) }
            #expect(error?.code == .engineUnavailable)
            #expect(error?.message.contains("cannot be used from") == true)
        }
    }

    @Test func anAbsentLibraryIsLookedForInTheFoldersGiven() throws {
        try withTemporaryFolder { folder in
            for entry in Engines.load(folders: [folder]).entries {
                // On a machine where the engine is installed system-wide it is found there, as it should be.
                guard case .failure(let error) = entry.engine else { continue }
                #expect(error.code == .engineUnavailable)
                #expect(error.message.contains(folder.path))
                #expect(error.message.contains("the system's library path"))
                #expect(error.description.contains("make setup"))
            }
        }
    }

    @Test(.enabled(if: TestEngines.arePresent, Comment(rawValue: TestEngines.absence)))
    func aLibraryWithAVersionInItsNameIsFoundInALaterFolder() throws {
        try withTemporaryFolder { folder in
            let library = TestPlaces.engines.appending(path: "libonnxruntime.so").resolvingSymlinksInPath()
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: library.lastPathComponent), withDestinationURL: library)
            let engine = try Engines.load(folders: [URL(filePath: "/nowhere"), folder]).engine("onnxruntime")
            #expect(library.lastPathComponent.hasSuffix(engine.version))
        }
    }

    @Test func anUnknownEngineIsRefusedWithTheKnownOnes() {
        let error = #expect(throws: InferenceError.self) { try Engines.load(folders: []).engine("tensorrt") }
        #expect(error?.message == "There is no engine 'tensorrt'.")
        #expect(error?.remedy == "known are onnxruntime, openvino")
    }
}
