// Regions as ImageJ makes them of a label image, each saved as its ROI manager does, and the pixels that it fills.
// java -cp ij.jar MakeRois.java FOLDER labels.raw WIDTH HEIGHT ...  writes FOLDER/labels.raw_KIND_LABEL.roi and .mask
// KIND: composite (from a threshold), traced (by the wand, first pixel of each label), oval and rectangle (around each),
// polygon (its corners moved by fractions of a pixel).
import ij.gui.OvalRoi;
import ij.gui.PolygonRoi;
import ij.gui.Roi;
import ij.gui.Wand;
import ij.io.RoiEncoder;
import ij.plugin.filter.ThresholdToSelection;
import ij.process.ByteProcessor;
import ij.process.FloatPolygon;
import java.awt.Rectangle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.TreeSet;

public class MakeRois {
    static final String[] KINDS = {"composite", "traced", "polygon", "oval", "rectangle"};

    public static void main(String[] words) throws Exception {
        for (int i = 1; i < words.length; i += 3)
            for (String kind : KINDS)
                make(Path.of(words[0]), words[i], Integer.parseInt(words[i + 1]), Integer.parseInt(words[i + 2]), kind);
    }

    static void make(Path folder, String source, int width, int height, String kind) throws Exception {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(source))).order(ByteOrder.LITTLE_ENDIAN);
        int[] labels = new int[width * height];
        in.asIntBuffer().get(labels);
        TreeSet<Integer> names = new TreeSet<>();
        for (int label : labels) if (label > 0) names.add(label);
        Random random = new Random(0);
        for (int name : names) {
            Roi roi = region(kind, mask(labels, name, width, height), random);
            String target = source + "_" + kind + "_" + name;
            Files.write(folder.resolve(target + ".roi"), RoiEncoder.saveAsByteArray(roi));
            ByteProcessor picture = new ByteProcessor(width, height);
            picture.setValue(255);
            picture.fill(roi);
            Files.write(folder.resolve(target + ".mask"), (byte[]) picture.getPixels());
        }
    }

    static ByteProcessor mask(int[] labels, int name, int width, int height) {
        ByteProcessor picture = new ByteProcessor(width, height);
        for (int i = 0; i < labels.length; i++) if (labels[i] == name) picture.set(i, 255);
        return picture;
    }

    static Roi region(String kind, ByteProcessor picture, Random random) {
        picture.setThreshold(255, 255, ByteProcessor.NO_LUT_UPDATE);
        Roi whole = new ThresholdToSelection().convert(picture);
        Rectangle box = whole.getBounds();
        if (kind.equals("composite")) return whole;
        if (kind.equals("oval")) return new OvalRoi(box.x, box.y, box.width, box.height);
        if (kind.equals("rectangle")) return new Roi(box.x, box.y, box.width, box.height);
        int first = 0;
        while (picture.get(first) == 0) first++;
        Wand wand = new Wand(picture);
        wand.autoOutline(first % picture.getWidth(), first / picture.getWidth(), 255.0, 255.0, Wand.EIGHT_CONNECTED);
        Roi traced = new PolygonRoi(wand.xpoints, wand.ypoints, wand.npoints, Roi.TRACED_ROI);
        if (kind.equals("traced")) return traced;
        FloatPolygon corners = traced.getFloatConvexHull();
        float[] x = new float[corners.npoints], y = new float[corners.npoints];
        for (int i = 0; i < x.length; i++) {
            x[i] = corners.xpoints[i] + random.nextFloat() - 0.5f;
            y[i] = corners.ypoints[i] + random.nextFloat() - 0.5f;
        }
        return new PolygonRoi(x, y, x.length, Roi.POLYGON);
    }
}
