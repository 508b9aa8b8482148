/**
 * What a recording of the JDK's Flight Recorder is told: the events of the category Vivarium, and
 * {@link dev.vivarium.internal.events.Events}, by which every room tells them (docs/adr/0038).
 *
 * <p>Nothing else knows {@code jdk.jfr}, which is not loaded before something records, and may not
 * be there at all. What belongs here says that something has happened and how long it took; who
 * decides what is long, or looks for it, is in the room where it happens. Nothing here throws: it
 * is called at the steps of the attach path and of the endings.
 */
@NullMarked
package dev.vivarium.internal.events;

import org.jspecify.annotations.NullMarked;
