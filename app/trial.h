/*
 * The application's part in an update: it confirms itself, or is rolled back.
 */
#ifndef APP_TRIAL_H
#define APP_TRIAL_H

/* Says how the last update ended, if there is something to say. */
void trial_report(void);

/* To be called now and then: confirms an image on trial once its network is up. Its shell is, or nobody would call. */
void trial_poll(void);

#endif
