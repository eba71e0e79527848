import Foundation
import Imaging
import ModelCatalog
import Vision

/// Five alignment points of a face that a detector found with other points: from MediaPipe's face mesh, or from a
/// regression on the box.
struct FaceLandmarks: PipelineModel {
    fileprivate enum Kind: Sendable {
        case mesh(FaceMeshDecoder)
        case points(LandmarkDecoder)
    }

    private let crops: CropModel
    private let kind: Kind

    init(_ model: LoadedModel) throws(PipelineError) {
        crops = try CropModel(model)
        kind =
            model.entry.decoder.kind == .facemesh
            ? .mesh(try FaceMeshDecoder(model.entry)) : .points(try LandmarkDecoder(model.entry))
    }

    var model: LoadedModel { crops.model }

    func rehearse() async throws {
        let (kind, layout) = (kind, crops.layout)
        try await crops.rehearse { _ = try kind.fivePoints(in: $0, layout) }
    }

    /// The five points in pixels of the picture; `nil` when there is no face in the box after all.
    func points(
        of face: Detection, in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<[Point]?> {
        guard let crop = crop(of: face, in: picture) else { return .nothing }
        let (kind, layout) = (kind, crops.layout)
        return try await crops.infer(crop, of: picture, deadline: deadline) { outputs in
            try kind.fivePoints(in: outputs, layout)?.map(crop.picturePoint)
        }
    }

    /// The mesh wants the eyes level: a square on the longer side, turned as the eyes are.
    private func crop(of face: Detection, in picture: Picture) -> Crop? {
        guard case .mesh = kind else { return crops.crop(around: face.box, in: picture) }
        let level = [Point(x: 0, y: 0), Point(x: 1, y: 0)]
        let eyes = face.points.count >= 2 ? face.points : level
        let map = CropMap(
            turnedSquare: face.box.centre, side: max(face.box.width, face.box.height) * crops.scale,
            rotation: atan2(eyes[1].y - eyes[0].y, eyes[1].x - eyes[0].x), input: crops.layout.width)
        return Crop(map, border: crops.border)
    }
}

extension FaceLandmarks.Kind {
    fileprivate func fivePoints(in outputs: [TensorView], _ layout: TensorLayout) throws(DecodeError) -> [Point]? {
        switch self {
        case .mesh(let decoder):
            let mesh = try decoder.mesh(in: outputs)
            return mesh.score > 0.5 ? mesh.alignmentPoints : nil
        case .points(let decoder):
            return try decoder.points(in: outputs, inputWidth: layout.width, inputHeight: layout.height)
        }
    }
}
