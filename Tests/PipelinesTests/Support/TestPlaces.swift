import Foundation
import TestSupport

extension TestPlaces {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/oracles")

    /// Whether real models can be run on the development pictures.
    static let arePresent = areShared && (try? TestModels.engine.get()) != nil
}
