extension Detection {
    /// How well the face suits recognition, 0–1, from its geometry alone: size × yaw × pitch.
    ///
    /// - size: the box's shorter side, from 0 at 16 pixels to 1 at 112, the side of the usual embedding input;
    /// - yaw: where the nose stands between the eyes, along the line through them: 1 midway, 0 beside an eye;
    /// - pitch: where the nose stands between the eyes and the mouth: 1 midway, 0 level with either.
    ///
    /// A turn in the picture's plane costs nothing, alignment undoes it. The box must be in pixels of the picture.
    /// 0 without five finite landmarks (image-left eye, image-right eye, nose, mouth corners left, right).
    public var faceQuality: Float {
        guard points.count == 5, points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return 0 }
        let size = min(1, max(0, (min(box.width, box.height) - 16) / (112 - 16)))
        let eyes = [points[0], points[1]].mean
        let mouth = [points[3], points[4]].mean
        let quality =
            size * midwayness(of: points[2], from: points[0], to: points[1])
            * midwayness(of: points[2], from: eyes, to: mouth)
        return quality.isFinite ? quality : 0
    }
}

/// 1 when the foot of `point` on the line lies midway from `start` to `end`, falling evenly to 0 at both ends.
private func midwayness(of point: Point, from start: Point, to end: Point) -> Float {
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let square = dx * dx + dy * dy
    guard square > 0 else { return 0 }
    let position = ((point.x - start.x) * dx + (point.y - start.y) * dy) / square
    return max(0, 1 - 2 * abs(position - 0.5))
}
